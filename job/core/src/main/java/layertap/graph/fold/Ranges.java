package layertap.graph.fold;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.SideEffects;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * What is known of the values of a graph's tensors without running it: from constants, defaults of
 * placeholders, stored variables, and random ops on. Bounds are computed with the rounding of the
 * op's own dtype, so that they hold for what the op gives. Not thread-safe.
 */
final class Ranges {
  private static final int MAX_DEPTH = 100;

  /** Ops that give on their first input's values, whatever the shape. */
  private static final Set<String> SAME_VALUES =
      Set.of(
          "Identity",
          "RefIdentity",
          "StopGradient",
          "PreventGradient",
          "Snapshot",
          "PlaceholderWithDefault",
          "Enter",
          "RefEnter",
          "Switch",
          "RefSwitch",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "BroadcastTo",
          "Tile");

  private final GraphIndex graph;
  private final StoredNumbers stored;
  private final Map<TensorId, Optional<Range>> known = new HashMap<>();
  private final Map<TensorId, Optional<Range>> knownAfterChanges = new HashMap<>();
  private final Set<TensorId> active = new HashSet<>();

  /** Marks nodes that change a variable, and what runs after one; made when it is asked for. */
  private boolean[] afterChanges;

  /** How many nodes that run after such a change are being looked at. */
  private int changes;

  Ranges(GraphIndex graph, StoredNumbers stored) {
    this.graph = graph;
    this.stored = stored;
  }

  /** Between which numbers all elements of a tensor lie, if that is known. */
  Optional<Range> of(TensorId tensor) {
    Map<TensorId, Optional<Range>> results = changes == 0 ? known : knownAfterChanges;
    Optional<Range> range = results.get(tensor);
    if (range == null) {
      if (active.size() >= MAX_DEPTH || !active.add(tensor)) {
        return Optional.empty();
      }
      range = compute(tensor);
      active.remove(tensor);
      results.put(tensor, range);
    }
    return range;
  }

  /** Whether a tensor of one truth value is true or false; none if it may be both. */
  Optional<Boolean> truth(TensorId tensor) {
    return of(tensor).filter(Range::isFixed).map(range -> range.low() != 0);
  }

  /** The number that all elements of a tensor are. */
  OptionalInt whole(TensorId tensor) {
    Optional<Range> range = of(tensor).filter(Range::isFixed);
    return range.isPresent() && range.get().low() == (int) range.get().low()
        ? OptionalInt.of((int) range.get().low())
        : OptionalInt.empty();
  }

  private Optional<Range> compute(TensorId tensor) {
    OptionalInt found = graph.find(tensor.node());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    int position = found.getAsInt();
    if (!isAfterChange(position)) {
      return compute(tensor, position);
    }
    changes++;
    Optional<Range> range = compute(tensor, position);
    changes--;
    return range;
  }

  /** Whether the node waits for another one that changes a variable, or for what waits for it. */
  private boolean isAfterChange(int position) {
    int[] awaited = graph.controls(position);
    if (awaited.length > 0 && afterChanges == null) {
      SideEffects effects = new SideEffects(graph.graph().getLibrary(), graph.ops());
      int[] changing =
          IntStream.range(0, graph.size())
              .filter(i -> !ConstantRanges.isRandom(graph.node(i)))
              .filter(i -> effects.changesState(graph.node(i)))
              .toArray();
      afterChanges =
          GraphWalk.of(graph).along(graph::consumers).along(graph::followers).from(changing);
    }
    return IntStream.of(awaited).anyMatch(i -> afterChanges[i]);
  }

  private Optional<Range> compute(TensorId tensor, int position) {
    NodeDef node = graph.node(position);
    String op = node.getOp();
    int inputs = graph.sources(position).length;
    if (Ops.isConstant(node)) {
      return ConstantRanges.ofConstant(node);
    }
    if (Ops.isVariable(node)) {
      return Ops.isVariableHandle(node) ? Optional.empty() : ofVariable(node);
    }
    if (Ops.readsVariable(node) && inputs == 1) {
      NodeDef variable = graph.node(graph.require(handle(graph.inputTensor(position, 0))));
      return Ops.isVariableHandle(variable) ? ofVariable(variable) : Optional.empty();
    }
    if (ConstantRanges.isRandom(node)) {
      return ConstantRanges.ofRandom(node);
    }
    if (op.equals("IdentityN") && tensor.index() < inputs) {
      return input(position, tensor.index());
    }
    if (inputs > 0 && SAME_VALUES.contains(op)) {
      return input(position, 0);
    }
    DataType dtype = graph.type(tensor);
    return switch (op) {
      case "Fill" -> inputs == 2 ? input(position, 1) : Optional.empty();
      case "ZerosLike" -> Optional.of(Range.of(0));
      case "OnesLike" -> Optional.of(Range.of(1));
      case "Merge", "RefMerge" -> tensor.index() == 0 ? all(position, inputs) : Optional.empty();
      case "Select", "SelectV2" -> inputs == 3 ? select(position) : Optional.empty();
      case "Cast" -> inputs == 1 ? cast(node, position, dtype) : Optional.empty();
      case "LogicalNot", "Neg", "Floor", "Ceil", "Relu", "Abs" ->
          inputs == 1
              ? input(position, 0).flatMap(range -> RangeArithmetic.unary(op, range, dtype))
              : Optional.empty();
      default -> inputs == 2 ? binary(op, position, dtype) : Optional.empty();
    };
  }

  private String handle(TensorId tensor) {
    return Identities.source(graph, tensor).node();
  }

  private Optional<Range> ofVariable(NodeDef variable) {
    return changes == 0 ? stored.of(variable).flatMap(ConstantRanges::ofNumbers) : Optional.empty();
  }

  private Optional<Range> input(int position, int input) {
    return of(graph.inputTensor(position, input));
  }

  private Optional<Range> binary(String op, int position, DataType dtype) {
    if (!RangeArithmetic.isBinary(op)) {
      return Optional.empty();
    }
    Optional<Range> first = input(position, 0);
    Optional<Range> second = input(position, 1);
    if (first.isPresent() && second.isPresent()) {
      return RangeArithmetic.binary(op, first.get(), second.get(), dtype);
    }
    // One truth value may decide alone.
    return first
        .or(() -> second)
        .filter(one -> RangeArithmetic.decides(op, one))
        .map(one -> Range.of(one.low() != 0));
  }

  private Optional<Range> all(int position, int inputs) {
    Optional<Range> union = inputs == 0 ? Optional.empty() : input(position, 0);
    for (int i = 1; i < inputs && union.isPresent(); i++) {
      Optional<Range> next = input(position, i);
      union = union.flatMap(range -> next.map(range::union));
    }
    return union;
  }

  private Optional<Range> select(int position) {
    Optional<Boolean> chosen = truth(graph.inputTensor(position, 0));
    if (chosen.isPresent()) {
      return input(position, chosen.get() ? 1 : 2);
    }
    Optional<Range> other = input(position, 2);
    return input(position, 1).flatMap(range -> other.map(range::union));
  }

  private Optional<Range> cast(NodeDef node, int position, DataType dtype) {
    DataType from = node.getAttrOrDefault("SrcT", AttrValue.getDefaultInstance()).getType();
    return input(position, 0).flatMap(range -> RangeArithmetic.cast(range, from, dtype));
  }
}
