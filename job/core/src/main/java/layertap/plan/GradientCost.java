package layertap.plan;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.feature.PlannedFeature;
import layertap.model.gradient.GradientForm.Integrated;
import layertap.plan.ExtractionPlan.BatchRule;
import layertap.tensorflow.NativeShapes;
import org.tensorflow.proto.NodeDef;

/**
 * What the derivatives of a plan cost beyond its other features.
 *
 * @param ops that only they need
 * @param bytesPerRow of activations that stay in memory for the way back, as far as sizes are known
 * @param passes how often the arithmetic of the scores, from the feeds on, is done once more
 */
public record GradientCost(long ops, long bytesPerRow, double passes) {
  private static final String BACKWARD = "layertap_gradient_";
  private static final String VIEW = "layertap_view_";
  private static final String LOOP = "/path/";
  private static final String COPY = LOOP + "copy/";

  /**
   * Variables of no more bytes are copied in double precision when derivatives are compared with
   * differences of scores; the check of larger models is less sharp.
   */
  public static final long MOST_IN_DOUBLE = 512L << 20;

  /** Of a plan without derivatives. */
  public static final GradientCost NONE = new GradientCost(0, 0, 0);

  /** Of a plan; asks TensorFlow for the shapes, which has been started. */
  public static GradientCost of(ExtractionPlan plan) {
    return plan.features().stream().anyMatch(PlannedFeature::isGradient)
        ? new Counting(plan).cost()
        : NONE;
  }

  /**
   * What the check of derivatives takes besides the variables.
   *
   * @param variableBytes of the variables
   */
  public long checkBytes(long variableBytes) {
    return isAny() && variableBytes <= MOST_IN_DOUBLE ? 2 * variableBytes : 0;
  }

  /** Whether there are derivatives. */
  public boolean isAny() {
    return ops > 0;
  }

  private static final class Counting {
    private final ExtractionPlan plan;
    private final GraphIndex graph;

    /** Whether the shapes are those of a whole batch. A model may take more rows than a plan. */
    private final boolean isOfBatch;

    private final Function<TensorId, TensorShape> shapes;
    private final Function<TensorId, TensorShape> shapesOfRow;

    Counting(ExtractionPlan plan) {
      this.plan = plan;
      this.graph = new GraphIndex(plan.model().graph(), OpDefinitions.registered());
      this.isOfBatch = plan.batchRule() == BatchRule.MODEL;
      NativeShapes inference = new NativeShapes(plan.model());
      this.shapes = inference.shapesIn(plan.model().graph());
      this.shapesOfRow = isOfBatch ? shapes : inference.shapesOfOneRow(plan.model().graph());
    }

    GradientCost cost() {
      boolean[] all = above(plan.features().stream().map(PlannedFeature::fetch).toList());
      boolean[] plain =
          above(
              plan.features().stream()
                  .filter(feature -> !feature.isGradient())
                  .map(PlannedFeature::fetch)
                  .toList());
      boolean[] scores =
          above(
              plan.features().stream()
                  .filter(PlannedFeature::isGradient)
                  .map(feature -> feature.gradient().score())
                  .toList());
      int[] added = IntStream.range(0, graph.size()).filter(i -> all[i] && !plain[i]).toArray();
      double forward =
          IntStream.range(0, graph.size()).filter(i -> scores[i]).mapToDouble(this::work).sum();
      double more = IntStream.of(added).filter(i -> !scores[i]).mapToDouble(this::work).sum();
      return new GradientCost(added.length, keptBytes(added), forward == 0 ? 0 : more / forward);
    }

    private boolean[] above(List<TensorId> tensors) {
      return graph.ancestorsOf(
          tensors.stream().mapToInt(tensor -> graph.require(tensor.node())).toArray());
    }

    private long keptBytes(int[] added) {
      Set<TensorId> kept = new HashSet<>();
      for (int position : added) {
        if (graph.node(position).getName().startsWith(BACKWARD)) {
          graph.inputTensors(position).stream()
              .filter(tensor -> !tensor.node().startsWith(BACKWARD))
              .forEach(kept::add);
        }
      }
      return kept.stream()
          .mapToLong(tensor -> rowElements(tensor) * Dtype.bytesOf(graph.type(tensor)))
          .sum();
    }

    /** Elements of a row; 0 for what has no rows, and where sizes are open. */
    private long rowElements(TensorId tensor) {
      TensorShape shape = shapes.apply(tensor);
      boolean hasRows =
          shape.isRankKnown()
              && !shape.sizes().isEmpty()
              && (isOfBatch
                  ? shape.sizes().get(0) == plan.batchSize()
                  : shape.sizes().get(0) == TensorShape.UNKNOWN);
      return hasRows && shape.withoutBatch().isFullyKnown()
          ? shape.withoutBatch().elementCount() * stepsOfRow(tensor)
          : 0;
    }

    /** How many steps of a row the first axis has, where it joins rows and steps. */
    private long stepsOfRow(TensorId tensor) {
      TensorShape ofRow = shapesOfRow.apply(tensor);
      boolean isKnown = !isOfBatch && ofRow.isRankKnown() && !ofRow.sizes().isEmpty();
      return isKnown ? Math.max(1, ofRow.sizes().get(0)) : 1;
    }

    /** Multiplications of a row, or else the elements that come out. */
    private double work(int position) {
      String name = graph.node(position).getName();
      return once(copied(name).orElse(position)) * rounds(name);
    }

    /** In a loop shapes are not known, but those of what was copied into it are. */
    private OptionalInt copied(String name) {
      int copy = name.indexOf(COPY);
      return name.startsWith(VIEW) && copy > 0
          ? graph.find(name.substring(copy + COPY.length()))
          : OptionalInt.empty();
    }

    private double once(int position) {
      NodeDef node = graph.node(position);
      return switch (node.getOp()) {
        case "Conv2D", "Conv3D" -> rowsOut(position) * filter(position, 1, 1);
        case "DepthwiseConv2dNative" -> rowsOut(position) * filter(position, 1, 2);
        case "Conv2DBackpropInput", "Conv3DBackpropInputV2" ->
            rowElements(graph.inputTensor(position, 2)) * filter(position, 1, 1);
        case "DepthwiseConv2dNativeBackpropInput" ->
            rowElements(graph.inputTensor(position, 2)) * filter(position, 1, 2);
        case "MatMul", "BatchMatMulV2" -> rowsOut(position) * inner(position);
        default -> rowsOut(position);
      };
    }

    private double rowsOut(int position) {
      return rowElements(new TensorId(graph.node(position).getName(), 0));
    }

    /** Elements of a filter but for its last axes. */
    private double filter(int position, int input, int axes) {
      TensorShape shape = shapes.apply(graph.inputTensor(position, input));
      return shape.isFullyKnown() && shape.sizes().size() > axes
          ? TensorShape.of(shape.sizes().subList(0, shape.sizes().size() - axes)).elementCount()
          : 1;
    }

    private double inner(int position) {
      NodeDef node = graph.node(position);
      String key = node.getOp().equals("MatMul") ? "transpose_a" : "adj_x";
      boolean isTransposed = node.containsAttr(key) && node.getAttrOrThrow(key).getB();
      TensorShape shape = shapes.apply(graph.inputTensor(position, 0));
      int rank = shape.sizes().size();
      long size = rank < 2 ? 1 : shape.sizes().get(isTransposed ? rank - 2 : rank - 1);
      return Math.max(1, size);
    }

    /** How often a node runs: those of a path's loop run once for each point. */
    private long rounds(String name) {
      if (!name.startsWith(VIEW) || !name.contains(LOOP)) {
        return 1;
      }
      int end = name.indexOf('/');
      int number = Integer.parseInt(name.substring(VIEW.length(), end));
      List<PlannedFeature> gradients =
          plan.features().stream().filter(PlannedFeature::isGradient).toList();
      return gradients.get(number).gradient().target().form() instanceof Integrated integrated
          ? integrated.steps() + 1L
          : 1;
    }
  }
}
