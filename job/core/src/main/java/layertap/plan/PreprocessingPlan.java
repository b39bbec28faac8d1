package layertap.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.input.image.PixelMaps;
import layertap.input.image.Preprocessing;
import layertap.model.LoadedModel;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.preprocessing.ChannelMap;
import layertap.model.preprocessing.FirstNormalizations;
import layertap.model.preprocessing.InputScaling;
import layertap.model.preprocessing.KnownArchitecture;
import layertap.model.preprocessing.ModelPreprocessing;
import layertap.model.preprocessing.TrainedStatistics;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;

/**
 * What is known of a job's preprocessing before rows are read. Immutable.
 *
 * @param lines what the model does to its inputs, and what it looks like
 * @param warnings of feeds that do not go with that
 * @param firstRows what the first rows are compared with
 */
public record PreprocessingPlan(
    List<String> lines, List<String> warnings, FirstRowsPlan firstRows) {
  public PreprocessingPlan {
    lines = List.copyOf(lines);
    warnings = List.copyOf(warnings);
  }

  /**
   * Looks at a model and what is fed into it.
   *
   * @param feeds that are read from rows
   * @param cutters of the same model in which all that is to be fed is fed; empty if no first rows
   *     are read
   */
  static PreprocessingPlan of(
      LoadedModel model, List<PlannedFeed> feeds, int fixedBatch, Optional<Cutters> cutters) {
    List<InputScaling> inputs = ModelPreprocessing.of(model);
    Optional<KnownArchitecture> known = KnownArchitecture.of(model);
    List<String> lines = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (InputScaling input : inputs) {
      if (input.isWorthSaying()) {
        lines.add("%s: %s".formatted(input.input(), input.text()));
      }
    }
    known.ifPresent(architecture -> lines.add(architecture.text()));
    for (PlannedFeed feed : feeds) {
      if (feed.conversion() instanceof FeedConversion.Image image
          && feed.target() instanceof FeedTarget.Input target) {
        inputs.stream()
            .filter(input -> input.input().equals(target.name()))
            .findFirst()
            .flatMap(input -> warning(target.name(), PixelMaps.of(image.options()), input, known))
            .ifPresent(warnings::add);
      }
    }
    String family = known.map(KnownArchitecture::preprocessing).orElse("");
    return new PreprocessingPlan(
        lines,
        warnings,
        cutters
            .map(each -> firstRows(model, feeds, fixedBatch, family, each))
            .orElseGet(
                () -> new FirstRowsPlan(feeds, Optional.empty(), List.of(), fixedBatch, family)));
  }

  /** The same cut without taps, once more. */
  interface Cutters {
    ModelCutter fresh();
  }

  private static Optional<String> warning(
      String input, ChannelMap fed, InputScaling scaling, Optional<KnownArchitecture> known) {
    if (scaling.isScaled()) {
      return fed.keepsValues()
          ? Optional.empty()
          : Optional.of(
              ("the feed of %s scales pixels, %s, and the model scales them again, %s: its first"
                      + " layer %s takes %s; unless it was trained so, write image {"
                      + " preprocessing = none }")
                  .formatted(
                      input,
                      fed.text(),
                      scaling.map().text(),
                      scaling.uses().get(0).kind(),
                      scaling.map().after(fed).rangeText(0, ChannelMap.WHITE)));
    }
    if (known.isEmpty() || !scaling.isClear()) {
      return Optional.empty();
    }
    String family = known.get().preprocessing();
    Preprocessing mode = Preprocessing.find(family).orElse(Preprocessing.NONE);
    // Of models that scale their input one may be made without that.
    boolean isOther = mode != Preprocessing.NONE && !fed.isCloseTo(PixelMaps.of(mode));
    return isOther
        ? Optional.of(
            ("the feed of %s gives %s for pixels of [0, 255], and keras.applications' %s, whose"
                    + " layers the model has, was trained on %s; unless this model was trained"
                    + " otherwise, write image { preprocessing = %s }")
                .formatted(
                    input,
                    described(fed),
                    known.get().name(),
                    described(PixelMaps.of(mode)),
                    family))
        : Optional.empty();
  }

  private static String described(ChannelMap map) {
    String range = map.rangeText(0, ChannelMap.WHITE);
    return map.isReordered() ? range + " with " + map.orderText() : range;
  }

  private static FirstRowsPlan firstRows(
      LoadedModel model, List<PlannedFeed> feeds, int fixedBatch, String family, Cutters cutters) {
    List<TrainedStatistics> found =
        feeds.stream().anyMatch(PlannedFeed::isInner) ? List.of() : FirstNormalizations.of(model);
    List<TrainedStatistics> reached = new ArrayList<>(found);
    Optional<RunnableGraph> graph = found.isEmpty() ? Optional.empty() : cut(found, cutters);
    if (graph.isEmpty() && found.size() > 1) {
      reached.removeIf(each -> cut(List.of(each), cutters).isEmpty());
      graph = reached.isEmpty() ? Optional.empty() : cut(reached, cutters);
    }
    List<FeedPlaceholder> points = feeds.stream().map(PlannedFeed::point).toList();
    boolean isFed = graph.isPresent() && points.containsAll(graph.get().feeds());
    return new FirstRowsPlan(
        feeds, isFed ? graph : Optional.empty(), isFed ? reached : List.of(), fixedBatch, family);
  }

  /** Empty if something that is needed is not fed, or an op is not run. */
  private static Optional<RunnableGraph> cut(List<TrainedStatistics> of, Cutters cutters) {
    try {
      ModelCutter cutter = cutters.fresh();
      for (TrainedStatistics each : of) {
        TensorId tensor = each.input();
        cutter.tap(new Selector.GraphTensor(tensor.toString()));
      }
      return Optional.of(cutter.build());
    } catch (UserException | GraphException e) {
      return Optional.empty();
    }
  }
}
