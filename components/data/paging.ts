/** How lists are paged: by the cursor that the page before has given. */
export const nextCursor = {
  getNextPageParam: (page: { nextCursor?: string | undefined }): string | undefined => page.nextCursor,
};
