package layertap.extract.serving;

/** How a row runs that comes alone, in no list, and finds nobody to go with. */
enum RowsAlone {
  /** Beside a copy of itself, with the bits of a job's file. */
  AS_IN_JOBS,
  /** Just so, in a thread that is watched: the model may take any time. */
  WATCHED,
  /** Just so, in the thread of its caller: such rows are known to take much less than they may. */
  IN_CALLERS_THREAD
}
