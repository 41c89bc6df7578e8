// Tailwind 4 compiles app/globals.css; no other style pipeline.
const config = { plugins: { "@tailwindcss/postcss": {} } };

export default config;
