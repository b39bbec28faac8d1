package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import layertap.graph.freeze.Freezer;
import layertap.graph.freeze.FrozenGraph;
import layertap.model.LoadedModel;
import layertap.model.restore.SmallVariables;
import org.tensorflow.proto.NodeDef;

/**
 * Computes small tensors that depend on nothing that is fed, as {@code rsqrt(variance + 0.001)}.
 * Reads the variables that they need from the checkpoint. Not thread-safe.
 */
final class ConstantValues {
  private static final int DEEPEST = 32;

  private static final Map<String, DoubleBinaryOperator> BINARY =
      Map.of(
          "Add",
          Double::sum,
          "AddV2",
          Double::sum,
          "BiasAdd",
          Double::sum,
          "Sub",
          (a, b) -> a - b,
          "Mul",
          (a, b) -> a * b,
          "RealDiv",
          (a, b) -> a / b,
          "Div",
          (a, b) -> a / b,
          "Maximum",
          Math::max,
          "Minimum",
          Math::min,
          "Less",
          (a, b) -> a < b ? 1 : 0);

  private static final Map<String, DoubleUnaryOperator> UNARY =
      Map.of(
          "Neg", a -> -a,
          "Sqrt", Math::sqrt,
          "Rsqrt", a -> 1 / Math.sqrt(a),
          "Square", a -> a * a,
          "Reciprocal", a -> 1 / a,
          "Inv", a -> 1 / a,
          "Cast", a -> a);

  private final GraphIndex graph;
  private final SmallVariables variables;
  private final Map<TensorId, Optional<Values>> known = new HashMap<>();
  private Map<String, FrozenGraph.Variable> declared;

  ConstantValues(LoadedModel model) {
    this.graph = model.graph();
    this.variables = new SmallVariables(model.files(), model.initializers());
  }

  /** The value; empty if it is not constant, not small, or not computed by ops that are known. */
  Optional<Values> of(TensorId tensor) {
    return of(tensor, 0);
  }

  private Optional<Values> of(TensorId tensor, int depth) {
    Optional<Values> seen = known.get(tensor);
    if (seen == null) {
      seen = depth > DEEPEST ? Optional.empty() : compute(tensor, depth);
      known.put(tensor, seen);
    }
    return seen;
  }

  private Optional<Values> compute(TensorId tensor, int depth) {
    int position = graph.require(tensor.node());
    NodeDef node = graph.node(position);
    List<TensorId> inputs = graph.inputTensors(position);
    if (Ops.isConstant(node)) {
      return constant(node);
    }
    if (Ops.isVariable(node) && !Ops.isVariableHandle(node)) {
      return variable(node.getName());
    }
    if (Ops.isIdentity(node) || Ops.passesFirst(node)) {
      // What is merged from branches has several inputs.
      boolean isOne = Ops.isIdentity(node) || inputs.size() == 1;
      return isOne && tensor.index() < inputs.size()
          ? of(inputs.get(tensor.index()), depth + 1)
          : Optional.empty();
    }
    if (Ops.readsVariable(node) && inputs.size() == 1) {
      return variable(handle(inputs.get(0)));
    }
    DoubleUnaryOperator unary = UNARY.get(node.getOp());
    if (unary != null && inputs.size() == 1) {
      return of(inputs.get(0), depth + 1)
          .map(one -> new Values(one.shape(), Arrays.stream(one.values()).map(unary).toArray()));
    }
    DoubleBinaryOperator binary = BINARY.get(node.getOp());
    if (binary != null && inputs.size() == 2) {
      return of(inputs.get(0), depth + 1)
          .flatMap(
              one ->
                  of(inputs.get(1), depth + 1)
                      .flatMap(other -> Values.combined(binary, one, other)));
    }
    return switch (node.getOp()) {
      case "Reshape" -> reshaped(inputs, depth);
      case "SelectV2" -> chosen(inputs, depth);
      case "ExpandDims", "Squeeze" -> renamedAxes(tensor, inputs.get(0), depth);
      default -> Optional.empty();
    };
  }

  /** The one of two values that a condition chooses for all of their elements. */
  private Optional<Values> chosen(List<TensorId> inputs, int depth) {
    return of(inputs.get(0), depth + 1)
        .flatMap(
            condition -> {
              long first = Arrays.stream(condition.values()).filter(value -> value != 0).count();
              if (first != 0 && first != condition.values().length) {
                return Optional.empty();
              }
              return of(inputs.get(first == 0 ? 2 : 1), depth + 1);
            });
  }

  private String handle(TensorId tensor) {
    return Identities.source(graph, tensor).node();
  }

  private Optional<Values> constant(NodeDef node) {
    List<Long> shape =
        node.getAttrOrThrow("value").getTensor().getTensorShape().getDimList().stream()
            .map(dimension -> dimension.getSize())
            .toList();
    return TensorValues.allNumbers(node).map(values -> new Values(shape, values));
  }

  private Optional<Values> variable(String name) {
    if (declared == null) {
      declared = new HashMap<>();
      Freezer.variables(graph.graph()).forEach(each -> declared.put(each.node(), each));
    }
    return Optional.ofNullable(declared.get(name))
        .flatMap(variables::of)
        .map(numbers -> new Values(numbers.shape(), numbers.values()));
  }

  private Optional<Values> reshaped(List<TensorId> inputs, int depth) {
    Optional<Values> shape = of(inputs.get(1), depth + 1);
    return of(inputs.get(0), depth + 1)
        .flatMap(
            one ->
                shape.map(
                    sizes -> {
                      List<Long> wanted = new ArrayList<>();
                      long rest = one.values().length;
                      for (double size : sizes.values()) {
                        wanted.add((long) size);
                        rest /= size > 0 ? (long) size : 1;
                      }
                      long open = rest;
                      return new Values(
                          wanted.stream()
                              .map(size -> size < 0 ? Long.valueOf(open) : size)
                              .toList(),
                          one.values());
                    }));
  }

  /** Of the shape that was noted, or with the same axes where none was. */
  private Optional<Values> renamedAxes(TensorId tensor, TensorId input, int depth) {
    return of(input, depth + 1)
        .flatMap(
            one ->
                graph
                    .notedShape(tensor)
                    .map(TensorShape::of)
                    .filter(TensorShape::isFullyKnown)
                    .map(shape -> new Values(shape.sizes(), one.values())));
  }
}
