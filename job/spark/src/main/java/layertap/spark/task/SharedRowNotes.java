package layertap.spark.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import layertap.failure.UserException;
import layertap.hadoop.HadoopOutputStore;
import org.apache.hadoop.conf.Configuration;

/**
 * Notes beside the output, for tasks on a cluster that are tried again: whoever lost its executor
 * may have been the cause.
 *
 * @param folder on storage that driver and executors reach
 */
public record SharedRowNotes(String folder, Configuration configuration) {
  private static final String PARTITION = "partition-";

  /** A note of one attempt at a partition. */
  RowNote start(int partition, long attempt) {
    return new Note("%s/%s%s/%s".formatted(folder, PARTITION, partition, attempt), configuration);
  }

  /**
   * A failure that names the rows which attempts had under way whose processes ended.
   *
   * @param lost says that executors were lost
   * @return the failure itself if there are no notes
   */
  public RuntimeException explain(RuntimeException lost) {
    Map<String, List<String>> left = left();
    if (left.isEmpty()) {
      return lost;
    }
    for (List<String> attempts : left.values()) {
      if (attempts.size() > 1 && attempts.stream().distinct().count() == 1) {
        return new UserException(
            ("cannot extract the rows %s: whichever process tries them ends; set run.batch-size ="
                    + " 1 to find the row, and filter it, or tap a layer before the op that ends"
                    + " the process")
                .formatted(attempts.get(0)),
            lost);
      }
    }
    List<String> rows =
        List.copyOf(new TreeSet<>(left.values().stream().flatMap(List::stream).toList()));
    return new UncheckedIOException(
        lost.getMessage() + ", with these rows under way: " + String.join("; ", rows),
        lost.getCause() instanceof IOException storage ? storage : new IOException(lost));
  }

  /** By partition what its attempts noted. */
  private Map<String, List<String>> left() {
    Map<String, List<String>> notes = new LinkedHashMap<>();
    HadoopOutputStore store = HadoopOutputStore.of(folder, configuration);
    for (String file : store.filesBelow(folder)) {
      String[] parts = file.split("/");
      if (parts[parts.length - 2].startsWith(PARTITION)) {
        store
            .read(file)
            .ifPresent(
                rows ->
                    notes
                        .computeIfAbsent(parts[parts.length - 2], key -> new ArrayList<>())
                        .add(rows));
      }
    }
    return notes;
  }

  /** One file, written anew each time. */
  private static final class Note implements RowNote {
    private final String file;
    private final Configuration configuration;
    private HadoopOutputStore store;

    Note(String file, Configuration configuration) {
      this.file = file;
      this.configuration = configuration;
    }

    @Override
    public boolean isCheap() {
      return false;
    }

    @Override
    public void write(String rows) {
      try {
        store = store == null ? HadoopOutputStore.of(file, configuration) : store;
        store.write(file, rows);
      } catch (UncheckedIOException e) {
        // The task goes on without a note.
        return;
      }
    }

    @Override
    public void clear() {
      close();
    }

    @Override
    public void close() {
      try {
        if (store != null) {
          store.delete(file);
        }
      } catch (UncheckedIOException e) {
        // The folder goes with the run.
        return;
      }
    }
  }
}
