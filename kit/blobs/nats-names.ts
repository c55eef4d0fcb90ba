/** Names of an object store of NATS, as its other clients choose them. */
/** The stream of an object store. */
export const objectStream = (bucket: string) => `OBJ_${bucket}`;

/** What is published into it: chunks, and descriptions. */
export const objectSubjects = (bucket: string) => [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`];
