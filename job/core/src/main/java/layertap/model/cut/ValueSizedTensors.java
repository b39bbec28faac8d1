package layertap.model.cut;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Tensors that have as many places along their first axis as the values say that are fed: nothing
 * tells which of them belong to which row. Where rows have two and none, there may be as many as
 * there are rows, and yet not one for each.
 *
 * <pre>
 *   ids [[1, 2], [3, 0], [0, 0]] ─▶ those above 0: [1, 2, 3] ─▶ Gather ─▶ 3 vectors of 3 rows
 * </pre>
 *
 * <p>What is not known of an op counts as if it kept the axis. Where the body of an If, a Case or a
 * While picks by values, all that the node gives counts whose first size is not known, but for
 * lists.
 */
public final class ValueSizedTensors {
  /** Give the first of several sizes, or as first size that of their first input. */
  private static final Set<String> FIRST_SIZE =
      Set.of("Cast", "ConcatV2", "Identity", "Pack", "Reshape", "Slice", "StridedSlice");

  private static final int MOST_STEPS = 20;

  private static final AttrValue UNSET = AttrValue.getDefaultInstance();

  private final GraphIndex graph;
  private final GraphIndex original;
  private final boolean[] ofValues;
  private final boolean[] picksInBody;
  private final Set<TensorId> found = new HashSet<>();

  private ValueSizedTensors(GraphIndex graph, GraphIndex original) {
    this.graph = graph;
    this.original = original;
    this.ofValues = SizesOfValues.ofValues(graph);
    this.picksInBody = pickingInBodies(graph);
    boolean isNew = true;
    while (isNew) {
      isNew = false;
      for (int position = 0; position < graph.size(); position++) {
        if (ofValues[position]) {
          isNew |= mark(position);
        }
      }
    }
  }

  /**
   * Why no two rows may go through a model together: the selector of a tap of which nobody could
   * tell whose row is where; empty if they may.
   *
   * @param original the graph from which the model was cut, where shapes are noted
   */
  public static Optional<String> whyRowsGoAlone(RunnableGraph model, GraphIndex original) {
    if (FunctionLibrary.allNodes(model.graph()).noneMatch(ValueSizedOps::isSource)) {
      return Optional.empty();
    }
    GraphIndex graph = new GraphIndex(model.graph(), original.ops());
    Set<TensorId> found = new ValueSizedTensors(graph, original).found;
    return model.taps().stream()
        .filter(tap -> found.contains(tap.fetch()))
        .findFirst()
        .map(
            tap ->
                ("rows go through the model one at a time, which takes longer: the values fed say"
                        + " how many places '%s' has, and of several rows nothing tells whose they"
                        + " are; to avoid it, tap a layer that has one for each row")
                    .formatted(tap.selector()));
  }

  /** Marks those outputs of the node that are such tensors; false if none is newly marked. */
  private boolean mark(int position) {
    NodeDef node = graph.node(position);
    OpDef op = graph.ops().find(node.getOp()).orElse(null);
    boolean picks = picksInBody[position];
    if (op == null || !(picks || ValueSizedOps.isSource(node) || isAnyFound(position))) {
      return false;
    }
    boolean isNew = false;
    int end = graph.outputTypes(position).size();
    for (int argument = op.getOutputArgCount() - 1; argument >= 0; argument--) {
      String name = op.getOutputArg(argument).getName();
      int start = graph.ops().outputPosition(node, name).orElseThrow();
      for (int i = start; i < end; i++) {
        if (ValueSizedOps.isGiven(node, name, i)
            || (picks && isOfUnknownSize(new TensorId(node.getName(), i)))
            || (!ValueSizedOps.isPlaceless(name) && keeps(position, i))) {
          isNew |= found.add(new TensorId(node.getName(), i));
        }
      }
      end = start;
    }
    return isNew;
  }

  /** Which nodes have a body that picks by values. */
  private static boolean[] pickingInBodies(GraphIndex graph) {
    FunctionLibrary functions = new FunctionLibrary(graph.graph().getLibrary());
    boolean[] picks = new boolean[graph.size()];
    for (int position = 0; position < picks.length; position++) {
      picks[position] =
          functions.nodesRunBy(graph.node(position)).anyMatch(ValueSizedOps::isSource);
    }
    return picks;
  }

  /** Of a list nothing is asked: it is taken to have an element for each row or step. */
  private boolean isOfUnknownSize(TensorId tensor) {
    return graph.type(tensor) != DataType.DT_VARIANT
        && Optional.of(tensor)
            .filter(original::contains)
            .flatMap(original::notedShape)
            .filter(shape -> !shape.getUnknownRank())
            .map(shape -> shape.getDimCount() > 0 && shape.getDim(0).getSize() < 0)
            .orElse(true);
  }

  /** Whether the first axis of an output is as long as that of such a tensor. */
  private boolean keeps(int position, int output) {
    NodeDef node = graph.node(position);
    return switch (node.getOp()) {
      case "IdentityN", "StatelessWhile", "While" -> isFound(position, output);
      case "GatherV2" -> isFound(position, isFirstAxis(position, 2, 0) ? 1 : 0);
      case "Reshape" -> isFound(position, 0) && keepsSize(position);
      case "ExpandDims" -> isFound(position, 0) && !isFirstAxis(position, 1, 1);
      case "All", "Any", "ArgMax", "ArgMin", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum" ->
          isFound(position, 0) && !isFirstAxis(position, 1, 0);
      case "Transpose" -> isFound(position, 0) && numbers(position, 1).indexOf(0.0) <= 0;
      case "Pack" -> node.getAttrOrDefault("axis", UNSET).getI() != 0 && isAnyFound(position);
      case "StridedSlice" ->
          isFound(position, 0)
              && node.getAttrOrDefault("shrink_axis_mask", UNSET).getI() % 2 == 0
              && node.getAttrOrDefault("new_axis_mask", UNSET).getI() % 2 == 0;
      default ->
          ValueSizedOps.deciding(node.getOp())
              .map(inputs -> inputs.stream().anyMatch(input -> isFound(position, input)))
              .orElseGet(() -> isAnyFound(position));
    };
  }

  /**
   * Whether the axes that an input lists are, or one of them is, the first one of input 0.
   *
   * @param added axes that the op adds to those of input 0
   */
  private boolean isFirstAxis(int position, int input, int added) {
    TensorId tensor = graph.inputTensor(position, 0);
    int rank =
        Optional.of(tensor)
            .filter(original::contains)
            .flatMap(original::notedShape)
            .filter(shape -> !shape.getUnknownRank())
            .map(shape -> shape.getDimCount() + added)
            .orElse(0);
    return numbers(position, input).stream().anyMatch(axis -> axis == 0 || axis == -rank);
  }

  /** Whether the first size that a Reshape is told is not that of another tensor. */
  private boolean keepsSize(int position) {
    int at = graph.sources(position)[1];
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      NodeDef node = graph.node(at);
      if (Ops.isConstant(node)) {
        return TensorValues.numbers(node).map(sizes -> sizes[0] < 0).orElse(true);
      }
      if (node.getOp().equals("Shape")) {
        return isFound(at, 0);
      }
      if (!FIRST_SIZE.contains(node.getOp())) {
        return true;
      }
      at = graph.sources(at)[0];
    }
    return true;
  }

  private boolean isAnyFound(int position) {
    return graph.inputTensors(position).stream().anyMatch(found::contains);
  }

  private boolean isFound(int position, int input) {
    int at = input < 0 ? graph.sources(position).length + input : input;
    return found.contains(graph.inputTensor(position, at));
  }

  /** The numbers of an input; none if it is no constant. */
  private List<Double> numbers(int position, int input) {
    NodeDef node = graph.node(graph.sources(position)[input]);
    return TensorValues.numbers(node)
        .map(values -> DoubleStream.of(values).boxed().toList())
        .orElse(List.of());
  }
}
