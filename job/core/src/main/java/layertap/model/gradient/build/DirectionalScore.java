package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.gradient.Derivative;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The score of a derivative as a function of one number: how far its tensor is moved along a
 * direction. Differences of it are compared with the derivative.
 *
 * <pre>
 *   wrt + step · direction ─▶ copy of what lies between, in other precision ─▶ score
 * </pre>
 *
 * @param nodes to add to the graph
 * @param step placeholder of a scalar
 * @param direction placeholder of the shape of the tensors
 * @param score a vector, of each row the score
 * @param values of the tensors, in the dtype of the check
 * @param gradient the sum of the derivatives, in that dtype
 * @param dtype in which is computed
 * @param isComparable whether the derivative is one that differences show
 */
public record DirectionalScore(
    List<NodeDef> nodes,
    TensorId step,
    TensorId direction,
    TensorId score,
    List<TensorId> values,
    TensorId gradient,
    DataType dtype,
    boolean isComparable) {
  /** Their derivative is not that of what they compute. */
  private static final List<String> STRAIGHT_THROUGH =
      List.of("FakeQuant", "QuantizeAndDequantize");

  private static final Set<String> STOPS = Set.of("StopGradient", "PreventGradient");

  public DirectionalScore {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /**
   * Of one derivative.
   *
   * @param graph that computes it
   * @param prefix begins the names of the nodes, ends in a slash
   * @param dtype in which is computed
   */
  public static DirectionalScore of(
      GraphDef graph, Derivative derivative, String prefix, DataType dtype) {
    return new Builder(graph, derivative, prefix, dtype).build();
  }

  private static final class Builder {
    private final GraphIndex graph;
    private final Derivative derivative;
    private final String prefix;
    private final DataType dtype;
    private final NodeDefs nodes;
    private final List<NodeDef> copies = new ArrayList<>();
    private final Map<TensorId, TensorId> taken = new HashMap<>();

    Builder(GraphDef graph, Derivative derivative, String prefix, DataType dtype) {
      this.graph = new GraphIndex(graph, OpDefinitions.registered());
      this.derivative = derivative;
      this.prefix = prefix;
      this.dtype = dtype;
      this.nodes = new NodeDefs(prefix);
    }

    DirectionalScore build() {
      TensorId step = placeholder("step", TensorShape.of(List.of()));
      TensorId direction = placeholder("direction", TensorShape.unknown());
      TensorId move = real("Mul", "move", direction, step);
      Set<Integer> between = between();
      List<TensorId> values = new ArrayList<>();
      copyTypes(between);
      for (TensorId tensor : derivative.wrt()) {
        TensorId value = captured(tensor);
        values.add(fetchable("value_" + values.size(), value));
        boolean isCopied = between.contains(graph.require(tensor.node()));
        TensorId start = isCopied ? taken.get(tensor) : value;
        taken.put(tensor, real("AddV2", "moved_" + values.size(), start, move));
      }
      between.forEach(this::copy);
      List<TensorId> gradients = new ArrayList<>();
      derivative.gradients().forEach(gradient -> gradients.add(captured(gradient)));
      TensorId sum = gradients.get(0);
      for (int i = 1; i < gradients.size(); i++) {
        sum = real("AddV2", "gradients_" + i, sum, gradients.get(i));
      }
      TensorId score = taken.getOrDefault(derivative.score(), captured(derivative.score()));
      List<NodeDef> all = new ArrayList<>(nodes.nodes());
      all.addAll(copies);
      boolean isComparable =
          between.stream()
              .map(node -> graph.node(node).getOp())
              .noneMatch(op -> STRAIGHT_THROUGH.stream().anyMatch(op::startsWith));
      return new DirectionalScore(all, step, direction, score, values, sum, dtype, isComparable);
    }

    /** What is fed cannot be fetched. */
    private TensorId fetchable(String name, TensorId tensor) {
      return nodes.node("Identity", name, tensor).attribute("T", dtype).add();
    }

    private Set<Integer> between() {
      TensorId stop = derivative.pick().equals(derivative.score()) ? null : derivative.pick();
      return PartBetween.of(
          graph,
          derivative.wrt(),
          position ->
              STOPS.contains(graph.node(position).getOp())
                  || (stop != null && graph.node(position).getName().equals(stop.node())),
          List.of(derivative.score()));
    }

    private TensorId placeholder(String name, TensorShape shape) {
      return nodes
          .node("Placeholder", name)
          .attribute("dtype", dtype)
          .attribute("shape", shape)
          .add();
    }

    private TensorId real(String op, String name, TensorId left, TensorId right) {
      return nodes.node(op, name, left, right).attribute("T", dtype).add();
    }

    /** What stands for the outputs of the nodes that are copied. */
    private void copyTypes(Set<Integer> between) {
      for (int position : between) {
        NodeDef node = graph.node(position);
        List<DataType> types = graph.ops().outputTypes(retyped(node).build());
        for (int output = 0; output < types.size(); output++) {
          TensorId copy = new TensorId(prefix + "copy/" + node.getName(), output);
          boolean isOther = Dtype.isFloat(types.get(output)) && types.get(output) != dtype;
          taken.put(
              new TensorId(node.getName(), output),
              isOther ? nodes.cast("real_" + taken.size(), copy, types.get(output), dtype) : copy);
        }
      }
    }

    private void copy(int position) {
      NodeDef.Builder copy = retyped(graph.node(position));
      copy.setName(prefix + "copy/" + copy.getName()).clearInput().removeAttr("_class");
      graph
          .inputTensors(position)
          .forEach(
              tensor ->
                  copy.addInput(
                      (taken.containsKey(tensor) ? taken.get(tensor) : captured(tensor))
                          .asInput()));
      copies.addAll(BatchNormInPrecision.of(copy.build(), dtype));
    }

    private NodeDef.Builder retyped(NodeDef node) {
      NodeDef.Builder copy = node.toBuilder();
      if (Ops.calls(node) != Ops.Calls.NOTHING) {
        return copy;
      }
      graph.ops().find(node.getOp()).stream()
          .flatMap(op -> op.getAttrList().stream())
          .filter(attribute -> attribute.hasDefaultValue())
          .forEach(
              attribute -> copy.putAttr(attribute.getName(), retyped(attribute.getDefaultValue())));
      node.getAttrMap().forEach((name, value) -> copy.putAttr(name, retyped(value)));
      return copy;
    }

    private AttrValue retyped(AttrValue value) {
      if (value.getValueCase() == AttrValue.ValueCase.TYPE && Dtype.isFloat(value.getType())) {
        return AttrValue.newBuilder().setType(dtype).build();
      }
      if (value.getValueCase() == AttrValue.ValueCase.LIST && value.getList().getTypeCount() > 0) {
        AttrValue.ListValue.Builder types = AttrValue.ListValue.newBuilder();
        value
            .getList()
            .getTypeList()
            .forEach(type -> types.addType(Dtype.isFloat(type) ? dtype : type));
        return AttrValue.newBuilder().setList(types).build();
      }
      return value;
    }

    /** A tensor from outside of the copy, in the dtype of the check if it is of numbers. */
    private TensorId captured(TensorId tensor) {
      DataType type = graph.type(tensor);
      if (!Dtype.isFloat(type) || type == dtype) {
        return tensor;
      }
      return taken.computeIfAbsent(
          new TensorId(prefix + "captured/" + tensor, 0),
          unused -> nodes.cast("captured_" + taken.size(), tensor, type, dtype));
    }
  }
}
