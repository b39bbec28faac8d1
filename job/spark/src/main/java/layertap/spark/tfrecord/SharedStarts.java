package layertap.spark.tfrecord;

import java.util.LinkedHashMap;
import java.util.Map;
import layertap.input.record.RecordStarts;
import layertap.process.ProcessState;

/**
 * What this JVM's tasks have found out about where records begin, in the files read last.
 * Thread-safe.
 */
final class SharedStarts {
  static final int MOST_FILES = 64;

  private final Map<File, RecordStarts> latest = new LinkedHashMap<>();

  /** Of one scan alone: a file may be written anew between two. */
  private record File(String scan, String path) {}

  static SharedStarts ofThisJvm() {
    return ProcessState.ofThisJvm().get(SharedStarts.class, SharedStarts::new);
  }

  /** Those of a file; what is forgotten meanwhile is found anew. */
  synchronized RecordStarts of(String scan, String path) {
    File file = new File(scan, path);
    RecordStarts starts = latest.remove(file);
    if (starts == null) {
      starts = new RecordStarts();
      if (latest.size() == MOST_FILES) {
        latest.remove(latest.keySet().iterator().next());
      }
    }
    // The one that was asked for last is the last to be forgotten.
    latest.put(file, starts);
    return starts;
  }
}
