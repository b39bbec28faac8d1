package layertap.spark.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.graph.Dtype;
import layertap.input.feed.PlannedFeed;
import layertap.model.feature.PlannedFeature;
import layertap.plan.ExtractionPlan;
import layertap.plan.PlanBuilder;
import layertap.report.Redaction;
import layertap.spark.read.InputDescription;

/** A plan in three lines, for the log of a run: what goes in, what computes, what comes out. */
public final class PlanLines {
  private static final int MOST = 3;

  private PlanLines() {}

  /** The lines. */
  public static List<String> of(JobRun run, CheckedJob job) {
    PlanBuilder.Planned planned = run.planned();
    ExtractionPlan plan = planned.plan();
    List<String> feeds = plan.feeds().stream().map(PlanLines::text).toList();
    List<String> features = plan.features().stream().map(PlanLines::text).toList();
    return List.of(
        "layertap: reads %s%s; feeds %s"
            .formatted(
                InputDescription.source(run.config().input()),
                job.input().source().size().text(),
                first(feeds)),
        String.format(
            Locale.ROOT,
            "layertap: runs %,d of %,d ops of %s in batches of %s%s, with %s",
            plan.model().graph().getNodeCount(),
            Math.max(planned.whole().ops(), plan.model().graph().getNodeCount()),
            Redaction.of(run.config().model().path()),
            plan.batchSize(),
            plan.triesBatchSizes() ? " until the fastest size is known" : "",
            PlanSummary.engine(run.description().engine())),
        "layertap: writes %s to %s; run %s".formatted(first(features), job.output(), run.runId()));
  }

  private static String text(PlannedFeed feed) {
    return "%s to %s %s %s"
        .formatted(
            feed.columnText(),
            feed.target().text(),
            Dtype.nameOf(feed.point().dtype()),
            feed.rowShape());
  }

  private static String text(PlannedFeature feature) {
    return "%s %s %s"
        .formatted(feature.column(), Dtype.nameOf(feature.dtype()), feature.rowShape());
  }

  private static String first(List<String> texts) {
    List<String> shown = new ArrayList<>(texts.subList(0, Math.min(texts.size(), MOST)));
    if (texts.size() > MOST) {
      shown.add("%s more".formatted(texts.size() - MOST));
    }
    return shown.isEmpty() ? "nothing" : String.join("; ", shown);
  }
}
