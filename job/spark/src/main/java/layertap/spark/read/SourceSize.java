package layertap.spark.read;

import java.util.Locale;
import java.util.Optional;
import layertap.report.Progress;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LeafNode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How much a source holds, as far as that is known before it is read.
 *
 * @param files that are read, or {@link Progress#UNKNOWN}
 * @param bytes of these files
 * @param rows that come out of them, or {@link Progress#UNKNOWN}
 */
public record SourceSize(long files, long bytes, long rows) {
  private static final SourceSize UNKNOWN =
      new SourceSize(Progress.UNKNOWN, Progress.UNKNOWN, Progress.UNKNOWN);

  /**
   * Asks what was listed already.
   *
   * @param loaded the source as it is
   * @param chosen the same with the configuration's columns and predicate
   * @param isRowPerFile whether each file is a row
   */
  static SourceSize of(Dataset<Row> loaded, Dataset<Row> chosen, boolean isRowPerFile) {
    Optional<PartitioningAwareFileIndex> index = EmptyFiles.index(loaded);
    if (index.isEmpty()) {
      return UNKNOWN;
    }
    long files = index.get().allFiles().size();
    boolean areAllRows = isRowPerFile && isOneToOne(chosen.queryExecution().analyzed());
    return new SourceSize(files, index.get().sizeInBytes(), areAllRows ? files : Progress.UNKNOWN);
  }

  /** Whether each row of the source is one row. */
  private static boolean isOneToOne(LogicalPlan plan) {
    boolean keepsRows =
        plan instanceof Project || plan instanceof Union || plan instanceof LeafNode;
    return keepsRows
        && CollectionConverters.asJava(plan.children()).stream().allMatch(SourceSize::isOneToOne);
  }

  /** In words, after a colon; empty if nothing is known. */
  public String text() {
    return files == Progress.UNKNOWN
        ? ""
        : String.format(
            Locale.ROOT, ": %,d %s, %,d bytes", files, files == 1 ? "file" : "files", bytes);
  }
}
