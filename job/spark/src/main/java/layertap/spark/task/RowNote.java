package layertap.spark.task;

/** A file of one task that names rows. Writing to it never fails the task. */
interface RowNote extends AutoCloseable {
  /** For tasks of whose end nobody asks. */
  RowNote NONE =
      new RowNote() {
        @Override
        public boolean isCheap() {
          return false;
        }

        @Override
        public void write(String rows) {
          // Nobody reads it.
        }

        @Override
        public void clear() {
          // Nothing is there.
        }

        @Override
        public void close() {
          // Holds nothing.
        }
      };

  /** Whether it costs next to nothing to write: microseconds. */
  boolean isCheap();

  /** These rows take the place of those before. */
  void write(String rows);

  /** No rows are under way. */
  void clear();

  /** Deletes the file: the task has ended, and its process has not. */
  @Override
  void close();
}
