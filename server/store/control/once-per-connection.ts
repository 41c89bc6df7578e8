/** What is worth keeping as long as its connection: preparing a query costs more than asking it. */

/** Makes it at the first call with a connection, or an open transaction, and gives the same at every later one. */
export function oncePerConnection<Connection extends object, Made extends object>(
  make: (connection: Connection) => Made,
): (connection: Connection) => Made {
  const known = new WeakMap<Connection, Made>();
  return (connection) => {
    let made = known.get(connection);
    if (made === undefined) known.set(connection, (made = make(connection)));
    return made;
  };
}
