package layertap.spark.task;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import layertap.extract.RowWatcher;
import layertap.inference.TimeLimit;

/**
 * Keeps a note of the rows that a task is busy with, in a file that is there after the end of the
 * process: if an op ends it, the note tells who caused that. Used by two threads, one at a time.
 */
final class RowsUnderWay implements RowWatcher, AutoCloseable {
  private static final int MOST_NAMES = 20;

  private final RowNote note;
  private IntFunction<String> names = Integer::toString;

  RowsUnderWay(RowNote note) {
    this.note = note;
  }

  /** The task begins with other rows. */
  void start(int count, IntFunction<String> rowNames) {
    names = rowNames;
    if (!note.isCheap()) {
      note.write(of(IntStream.range(0, count).toArray()));
    }
  }

  /** Whether the note, if there is one, names a batch alone of several that were taken at once. */
  boolean canTellBatches() {
    return note == RowNote.NONE || note.isCheap();
  }

  @Override
  public void begin(int[] positions, TimeLimit limit) {
    if (note.isCheap()) {
      note.write(of(positions));
    }
  }

  /** The task is done with them: what happens until it starts others is not their fault. */
  void finish() {
    note.clear();
  }

  /** There are no more rows. */
  @Override
  public void close() {
    note.close();
  }

  /** The rows by their names. */
  String of(int[] positions) {
    List<String> shown = new ArrayList<>();
    for (int position : positions) {
      if (shown.size() == MOST_NAMES) {
        shown.add("and %s more".formatted(positions.length - MOST_NAMES));
        break;
      }
      shown.add(names.apply(position));
    }
    return String.join("; ", shown);
  }
}
