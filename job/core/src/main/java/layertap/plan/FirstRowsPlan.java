package layertap.plan;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.RunnableGraph;
import layertap.model.preprocessing.TrainedStatistics;

/**
 * What it takes to look at the first rows of a job: what is fed, and what enters the first batch
 * normalisations. Immutable.
 *
 * @param feeds that are read from rows
 * @param graph whose taps are what enters the normalisations; null if there is none
 * @param statistics of training, in the order of the taps
 * @param fixedBatch the one size of batch that the model takes; 0 if it takes any
 * @param family value of {@code image.preprocessing} that the architecture wants; empty if it is
 *     not known
 */
public record FirstRowsPlan(
    List<PlannedFeed> feeds,
    RunnableGraph graph,
    List<TrainedStatistics> statistics,
    int fixedBatch,
    String family)
    implements Serializable {
  public FirstRowsPlan {
    feeds = List.copyOf(feeds);
    statistics = List.copyOf(statistics);
    requireNonNull(family, "family is null");
  }

  FirstRowsPlan(
      List<PlannedFeed> feeds,
      Optional<RunnableGraph> graph,
      List<TrainedStatistics> statistics,
      int fixedBatch,
      String family) {
    this(feeds, graph.orElse(null), statistics, fixedBatch, family);
  }

  /** Whether there are normalisations to compare with. */
  public boolean hasStatistics() {
    return graph != null;
  }
}
