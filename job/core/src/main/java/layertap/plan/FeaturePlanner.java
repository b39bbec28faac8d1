package layertap.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig.Feature;
import layertap.failure.UserException;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.input.feed.ClassNumber;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.CutTap;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.FeatureOps;
import layertap.model.feature.PaddedSteps;
import layertap.model.feature.PlannedFeature;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.gradient.Derivative;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientOptions;
import layertap.model.gradient.GradientTarget;
import layertap.model.gradient.ScoreClass;
import layertap.model.gradient.TargetCheck;
import layertap.model.select.FeedTarget;
import layertap.model.select.Tap;
import org.tensorflow.proto.DataType;

/**
 * Plans features while a model is cut for them: asks for their taps, has derivatives added to the
 * model that was cut, and adds the ops that finish them. Not thread-safe.
 */
final class FeaturePlanner {
  private final List<Feature> features;

  /** Of each feature the tensors; of a derivative the scores, then what it is taken by. */
  private final List<List<Tap>> taps = new ArrayList<>();

  private final Map<Integer, Derivative> derivatives = new LinkedHashMap<>();
  private final Map<Integer, GradientTarget> targets = new LinkedHashMap<>();
  private final Map<FeedPlaceholder, PlannedFeed> classFeeds = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  /**
   * Asks for the taps.
   *
   * @throws UserException if a selector names nothing, or not one thing
   */
  FeaturePlanner(List<Feature> features, ModelCutter cutter) {
    this.features = List.copyOf(features);
    for (Feature feature : features) {
      taps.add(
          feature.isGradient()
              ? cutter.tapGradient(feature.gradient().of(), feature.gradient().wrt())
              : cutter.tap(feature.selector(), feature.batchAxis()));
    }
  }

  /** Feeds of what the features need beside the model. */
  List<PlannedFeed> feeds() {
    return List.copyOf(classFeeds.values());
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * The model with the derivatives that features ask for.
   *
   * @param cut the model that was cut
   * @param feeds of its rows
   * @throws UserException if there are no such derivatives
   */
  RunnableGraph differentiated(RunnableGraph cut, List<PlannedFeed> feeds, ModelTrial trial) {
    RunnableGraph shaped = cut.withTapShapes(trial.tapShapes(cut));
    Map<Tap, CutTap> points = points(shaped);
    NodeDefs placeholders = new NodeDefs("layertap_class_");
    List<TensorId> classes = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      if (features.get(i).isGradient()) {
        List<CutTap> own = taps.get(i).stream().map(points::get).toList();
        GradientOptions asked = features.get(i).gradient();
        GradientTarget target =
            new GradientTarget(
                own.get(0), asked.scoreClass(), own.subList(1, own.size()), asked.form());
        TargetCheck.require(features.get(i).column(), target);
        targets.put(i, target);
        classes.add(
            asked.scoreClass() instanceof ScoreClass.InColumn named
                ? classFeed(named.column(), target.classCount(), placeholders)
                : null);
      }
    }
    if (targets.isEmpty()) {
      return shaped;
    }
    RunnableGraph fed = shaped.with(placeholders.nodes()).feeding(List.copyOf(classFeeds.keySet()));
    DifferentiatedModel differentiated =
        trial.differentiated(fed, rowShapes(fed, feeds), List.copyOf(targets.values()), classes);
    List<Integer> positions = List.copyOf(targets.keySet());
    for (int i = 0; i < positions.size(); i++) {
      derivatives.put(positions.get(i), differentiated.derivatives().get(i));
    }
    warnings.addAll(differentiated.warnings());
    return differentiated.model();
  }

  /** Of each feed of the model, as far as it is known. */
  private static List<TensorShape> rowShapes(RunnableGraph model, List<PlannedFeed> feeds) {
    Map<TensorId, TensorShape> known = new HashMap<>();
    feeds.forEach(feed -> known.put(feed.point().placeholder(), feed.rowShape()));
    return model.feeds().stream()
        .map(feed -> known.getOrDefault(feed.placeholder(), TensorShape.unknown()))
        .toList();
  }

  private TensorId classFeed(String column, long count, NodeDefs placeholders) {
    FeedConversion conversion = new ClassNumber(count);
    for (PlannedFeed feed : classFeeds.values()) {
      if (feed.columns().equals(List.of(column)) && feed.conversion().equals(conversion)) {
        return feed.point().placeholder();
      }
    }
    TensorShape shape = TensorShape.of(List.of(TensorShape.UNKNOWN));
    TensorId placeholder =
        placeholders
            .node("Placeholder", String.valueOf(classFeeds.size()))
            .attribute("dtype", DataType.DT_INT32)
            .attribute("shape", shape)
            .add();
    FeedPlaceholder point =
        new FeedPlaceholder(
            new FeedTarget.ClassNumber(column), placeholder, DataType.DT_INT32, shape);
    classFeeds.put(point, PlannedFeed.of(point, List.of(column), conversion));
    return placeholder;
  }

  private static Map<Tap, CutTap> points(RunnableGraph model) {
    Map<Tap, CutTap> points = new LinkedHashMap<>();
    model.taps().forEach(point -> points.put(point.tap(), point));
    return points;
  }

  /** The features, in the order of the configuration. */
  List<PlannedFeature> outputs(RunnableGraph model, FeatureOps ops, SequenceLengths lengths) {
    Map<Tap, CutTap> points = points(model);
    List<PlannedFeature> outputs = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      Feature feature = features.get(i);
      if (feature.isGradient()) {
        CutTap value = derivatives.get(i).value();
        List<PaddedSteps> padded = lengths.behind(value.fetch());
        outputs.add(
            ops.add(feature.column(), value, feature.form(), padded)
                .derivedFrom(derivatives.get(i)));
      } else {
        requireOneName(feature, taps.get(i).size());
        for (Tap tap : taps.get(i)) {
          String column = feature.column().isEmpty() ? tap.columnName() : feature.column();
          CutTap point = points.get(tap);
          outputs.add(ops.add(column, point, feature.form(), lengths.behind(point.fetch())));
        }
      }
    }
    return outputs;
  }

  private static void requireOneName(Feature feature, int count) {
    if (count > 1 && !feature.column().isEmpty()) {
      throw new UserException(
          ("cannot name the columns of '%s': it stands for %s tensors and column is one "
                  + "name; leave column out")
              .formatted(feature.selector().text(), count));
    }
  }
}
