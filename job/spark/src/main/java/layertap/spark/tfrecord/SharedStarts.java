package layertap.spark.tfrecord;

import java.util.LinkedHashMap;
import java.util.Map;
import layertap.input.record.RecordStarts;

/** What this JVM's tasks have found out about where records begin, in the files read last. */
final class SharedStarts {
  private static final int MOST_FILES = 64;

  private static final Map<File, RecordStarts> LATEST =
      new LinkedHashMap<>(MOST_FILES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<File, RecordStarts> eldest) {
          return size() > MOST_FILES;
        }
      };

  private SharedStarts() {}

  /** Of one scan alone: a file may be written anew between two. */
  private record File(String scan, String path) {}

  static RecordStarts of(String scan, String path) {
    synchronized (LATEST) {
      return LATEST.computeIfAbsent(new File(scan, path), file -> new RecordStarts());
    }
  }
}
