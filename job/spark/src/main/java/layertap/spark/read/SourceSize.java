package layertap.spark.read;

import java.util.Locale;
import layertap.report.Progress;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How much a source holds, as far as that is known before it is read.
 *
 * @param files that are read, or {@link Progress#UNKNOWN}
 * @param bytes of these files
 */
public record SourceSize(long files, long bytes) {
  private static final SourceSize UNKNOWN = new SourceSize(Progress.UNKNOWN, Progress.UNKNOWN);

  /**
   * Asks what was listed already.
   *
   * @param loaded the source as it is
   */
  static SourceSize of(Dataset<Row> loaded) {
    return InputLoader.fileIndex(loaded)
        .map(index -> new SourceSize(index.allFiles().size(), index.sizeInBytes()))
        .orElse(UNKNOWN);
  }

  /** In words, after a colon; empty if nothing is known. */
  public String text() {
    return files == Progress.UNKNOWN
        ? ""
        : String.format(
            Locale.ROOT, ": %,d %s, %,d bytes", files, files == 1 ? "file" : "files", bytes);
  }
}
