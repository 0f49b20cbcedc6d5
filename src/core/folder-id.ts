// What the id of a build or a run may be, since it names folders. Pure.

/** No path leads out of a folder by such a name. */
export const folderIdPattern = /^[\w@+-][\w.@+-]*$/;
