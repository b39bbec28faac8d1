package layertap.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig;
import layertap.failure.UserException;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.feed.FeedPlaceholder;

/** Plans feeds while a model is cut for them: asks for their placeholders. Not thread-safe. */
final class FeedPlanner {
  private final ModelCutter cutter;
  private final Map<JobConfig.Feed, FeedPlaceholder> placeholders = new LinkedHashMap<>();
  private final Map<FeedPlaceholder, FeedConversion.Constant> constants = new LinkedHashMap<>();

  private FeedPlanner(ModelCutter cutter) {
    this.cutter = cutter;
  }

  /**
   * Has a cutter feed a model as a configuration says.
   *
   * @throws UserException if a target names nothing, or not one thing
   */
  static FeedPlanner feed(List<JobConfig.Feed> feeds, ModelCutter cutter) {
    FeedPlanner planner = new FeedPlanner(cutter);
    feeds.forEach(planner::feed);
    return planner;
  }

  private void feed(JobConfig.Feed feed) {
    if (feed.conversion() instanceof FeedConversion.Constant constant) {
      FeedPlaceholder placeholder = cutter.feedConstant(feed.target());
      cutter.fix(placeholder, constant.tensor(placeholder).toProto());
      placeholders.put(feed, placeholder);
      constants.put(placeholder, constant);
    } else {
      placeholders.put(feed, cutter.feed(feed.target()));
    }
  }

  /** The feeds that are read from rows and that the cut model needs. */
  List<PlannedFeed> feeds(RunnableGraph cut) {
    List<PlannedFeed> planned = new ArrayList<>();
    placeholders.forEach(
        (feed, placeholder) -> {
          if (cut.feeds().contains(placeholder)) {
            planned.add(PlannedFeed.of(placeholder, feed.columns(), feed.conversion()));
          }
        });
    return planned;
  }

  /** The feeds that take one value for all rows, whether or not a feature needs them. */
  Map<FeedPlaceholder, FeedConversion.Constant> constants() {
    return new LinkedHashMap<>(constants);
  }

  /** Those of {@link #constants} that a feature needs. */
  Map<FeedPlaceholder, FeedConversion.Constant> neededConstants() {
    Map<FeedPlaceholder, FeedConversion.Constant> needed = constants();
    needed.keySet().retainAll(cutter.neededConstants());
    return needed;
  }

  /** Of feeds that no feature needs. */
  List<String> warnings(RunnableGraph cut) {
    Map<FeedPlaceholder, FeedConversion.Constant> needed = neededConstants();
    List<String> warnings = new ArrayList<>();
    placeholders.forEach(
        (feed, placeholder) -> {
          if (!cut.feeds().contains(placeholder) && !needed.containsKey(placeholder)) {
            warnings.add(
                "no feature needs the feed %s; it is not read".formatted(feed.target().text()));
          }
        });
    return warnings;
  }
}
