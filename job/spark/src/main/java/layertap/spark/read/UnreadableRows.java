package layertap.spark.read;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import layertap.config.JobConfig.OnInvalid;
import layertap.failure.InvalidRowException;
import layertap.failure.UserException;
import layertap.report.RowCounts;
import layertap.report.TaskReport;
import layertap.report.TaskTimes;
import layertap.spark.tfrecord.TfRecordFormat;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Rows that a source hands over although it cannot read them, each with the reason; their other
 * columns are null.
 *
 * @param position of the column with the reason, negative if the source has none
 */
public record UnreadableRows(int position) implements Serializable {
  static final String COLUMN = TfRecordFormat.UNREADABLE;

  private static final long serialVersionUID = 1L;

  /** Those of a source. */
  public static UnreadableRows of(RowSource.Source source) {
    return new UnreadableRows(source.positions(List.of(COLUMN)).get(0));
  }

  /** Whether rows have the column. */
  static boolean areIn(Dataset<Row> rows) {
    return Arrays.asList(rows.columns()).contains(COLUMN);
  }

  /**
   * Rows of which a condition is true. One that nothing is known of is counted as invalid, not left
   * out, and so is one of which the condition is null: what does not fit is null there.
   *
   * @param rows that have the column
   */
  static Dataset<Row> where(Dataset<Row> rows, Column condition) {
    Column isUnreadable = rows.col(COLUMN).isNotNull();
    boolean areMarked = Arrays.asList(rows.columns()).contains(TfRecordFormat.DAMAGED);
    Column isCounted =
        areMarked
            ? isUnreadable.and(rows.col(TfRecordFormat.DAMAGED).or(condition.isNull()))
            : isUnreadable;
    return rows.where(condition.or(isCounted)).drop(TfRecordFormat.DAMAGED);
  }

  /**
   * Refuses expressions that make no row of one that cannot be read: nobody would count it.
   *
   * @throws UserException if one does
   */
  static void requireAllLeft(Dataset<Row> selected) {
    if (leavesOut(selected.queryExecution().analyzed())) {
      throw new UserException(
          "cannot use explode in input.select: it would leave out records that cannot be read,"
              + " without counting them; use explode_outer");
    }
  }

  private static boolean leavesOut(LogicalPlan plan) {
    boolean isInner = plan instanceof Generate generate && !generate.outer();
    return isInner
        || CollectionConverters.asJava(plan.children()).stream()
            .anyMatch(UnreadableRows::leavesOut);
  }

  /** Why a row cannot be read; empty if it can. */
  public Optional<String> reason(Row row) {
    return position < 0 ? Optional.empty() : Optional.ofNullable(row.getString(position));
  }

  /**
   * Those that have no key, so that no later run can tell whether they are in an output.
   *
   * @param reasons why some of them cannot be read
   */
  public record WithoutKey(long count, List<String> reasons) {
    private static final int SAMPLES = 20;

    public WithoutKey {
      reasons = List.copyOf(reasons);
    }

    static WithoutKey of(Dataset<Row> rows) {
      Dataset<Row> without = rows.select(COLUMN);
      return new WithoutKey(
          without.count(), without.as(Encoders.STRING()).limit(SAMPLES).collectAsList());
    }

    /**
     * Goes on only if there is none, or they are skipped.
     *
     * @throws InvalidRowException if there are some and they are not
     */
    public void requireSkipped(OnInvalid onInvalid) {
      if (count > 0 && onInvalid != OnInvalid.SKIP) {
        throw new InvalidRowException(
            ("cannot resume: %s of the input cannot be read, and no later run could find them again"
                    + " by output.key; the first is %s; repair the file or leave it out, or set"
                    + " rows.on-invalid to skip")
                .formatted(count == 1 ? "a record" : count + " records", reasons.get(0)));
      }
    }

    /** They were read, and skipped. */
    public TaskReport report() {
      return new TaskReport(
          new RowCounts(count, 0, count, count), 0, 0, 0, TaskTimes.NONE, reasons);
    }
  }
}
