package layertap.spark.run;

import java.util.Locale;
import layertap.config.JobConfig;
import layertap.config.JobConfig.OnInvalid;
import layertap.config.JobConfig.Rows;
import layertap.failure.OutputException;
import layertap.report.Redaction;
import layertap.report.RowCounts;
import layertap.spark.read.InputDescription;
import layertap.spark.read.RowSource;

/**
 * What a configuration demands of the rows of an output before it is published. Driver only.
 *
 * @param source of the rows, for messages
 */
public record RowDemands(
    JobConfig config, RowLimit limit, RowSource.Source source, RunTotals totals) {
  /**
   * Judges a run that publishes all of its rows at once.
   *
   * @param hasOtherRows whether there are rows in the output that stay
   * @param replaced what is in the output that goes, in words; empty if it has no rows
   * @throws OutputException if a demand is not met
   */
  public void judgeRun(boolean hasOtherRows, String replaced) {
    RowCounts rows = totals.rows();
    requireBudget(rows.invalid(), rows.read());
    requireSome(hasOtherRows);
    requireMin(rows.written());
    if (config.rows().min() == Rows.NO_MIN && rows.written() == 0 && !replaced.isEmpty()) {
      throw new OutputException(
          ("cannot replace %s: no row would be written, and it has %s; %s; check input, or set "
                  + "rows.min = 0 to replace it by an output without rows")
              .formatted(config.output().path(), replaced, matched()));
    }
  }

  /**
   * Judges an output at the end of a run that added to it chunk by chunk.
   *
   * @param earlier rows of the runs before
   * @param stillSkipped rows that this run or one before skipped, and that are not in the output
   * @throws OutputException if a demand is not met
   */
  public void judgeOutput(RowCounts earlier, long stillSkipped) {
    RowCounts all = earlier.plus(totals.rows());
    requireBudget(all.keptInvalid() + stillSkipped, all.written() + stillSkipped);
    requireSome(earlier.written() > 0);
    requireMin(all.written());
  }

  private void requireBudget(long invalid, long all) {
    double fraction = all == 0 ? 0 : (double) invalid / all;
    if (fraction > config.rows().maxInvalid()) {
      throw new OutputException(
          ("cannot publish: %s of %s rows are invalid, more than rows.max-invalid = %s; "
                  + "correct the input or raise the limit")
              .formatted(invalid, all, config.rows().maxInvalid()));
    }
  }

  private void requireSome(boolean hasOtherRows) {
    RowCounts rows = totals.rows();
    boolean isNoneLeft = rows.read() > 0 && rows.written() == 0 && !hasOtherRows;
    if (isNoneLeft && config.rows().onInvalid() == OnInvalid.SKIP) {
      throw new OutputException(
          ("cannot publish: all of %s rows were skipped, and the output would have none; the first "
                  + "is %s; correct the input, or set rows.on-invalid = keep to write them with "
                  + "the reason")
              .formatted(rows.read(), totals.samples().stream().findFirst().orElse("not known")));
    }
  }

  /**
   * Goes on only if there are enough rows.
   *
   * @param rows that are written, or can be at most
   * @throws OutputException if they are fewer than {@code rows.min}
   */
  public void requireMin(long rows) {
    if (limit.isNone() && rows < config.rows().min()) {
      throw new OutputException(
          "cannot publish: %s rows are fewer than rows.min = %s; %s; check input, or lower rows.min"
              .formatted(rows, config.rows().min(), matched()));
    }
  }

  /** What the source has and what is left of it; counted here, since it is seldom asked for. */
  private String matched() {
    String where = config.input().where();
    String has =
        String.format(
            Locale.ROOT,
            "%s has %,d rows",
            InputDescription.source(config.input()),
            source.all().count());
    String matching =
        where.isEmpty()
            ? has
            : String.format(
                Locale.ROOT,
                "%s, of which input.where = \"%s\" matches %,d",
                has,
                Redaction.of(where),
                source.rows().count());
    return limit.isNone()
        ? matching
        : matching + ", of which --limit takes " + limit.rows().getAsInt();
  }
}
