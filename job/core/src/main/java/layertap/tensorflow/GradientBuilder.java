package layertap.tensorflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.model.cut.RunnableGraph;
import layertap.model.gradient.BackwardPass;
import layertap.model.gradient.GradientRequest;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Lets TensorFlow add backward passes to a model's graph. Reads no values of variables. */
public final class GradientBuilder {
  private static final Map<String, LeftOut> LEFT_OUT =
      Map.of(
          "LRNGrad", new LeftOut(2, List.of("depth_radius", "bias", "alpha", "beta")),
          "MaxPoolGrad", new LeftOut(1, List.of("explicit_paddings")));

  /**
   * Attributes that a gradient in C++ leaves at their defaults (nn_grad.cc), and which of its
   * inputs is what the op gave that has them.
   */
  private record LeftOut(int input, List<String> attributes) {}

  private GradientBuilder() {}

  /**
   * The ops of the passes.
   *
   * @throws UserException if TensorFlow gives no gradient by a tensor, or cannot build one
   */
  public static BackwardPass add(RunnableGraph model, List<GradientRequest> requests) {
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      List<List<TensorId>> gradients = new ArrayList<>();
      for (GradientRequest request : requests) {
        // Of a tensor that is named twice TensorFlow gives one gradient alone.
        List<TensorId> distinct = request.wrt().stream().distinct().toList();
        Output<?>[] wrt = distinct.stream().map(x -> output(graph, x)).toArray(Output<?>[]::new);
        Output<?>[] added = added(graph, request, wrt);
        List<TensorId> own = new ArrayList<>();
        for (TensorId x : request.wrt()) {
          own.add(tensor(added[distinct.indexOf(x)], request, x));
        }
        gradients.add(own);
      }
      Map<String, NodeDef> there = new HashMap<>();
      model.graph().getNodeList().forEach(node -> there.put(node.getName(), node));
      List<NodeDef> nodes =
          graph.toGraphDef().getNodeList().stream()
              .filter(node -> !there.containsKey(node.getName()))
              .map(node -> withKernel(complete(node, there)))
              .toList();
      return new BackwardPass(nodes, gradients);
    }
  }

  private static Output<?>[] added(Graph graph, GradientRequest request, Output<?>[] wrt) {
    try {
      return graph.addGradients(
          request.prefix(),
          new Output<?>[] {output(graph, request.of())},
          wrt,
          new Output<?>[] {output(graph, request.seed())});
    } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException e) {
      throw new UserException(
          ("cannot compute the gradient of '%s': TensorFlow cannot add it to the graph, %s;"
                  + " differentiate a layer before, or with respect to one behind")
              .formatted(request.of(), e.getMessage()),
          e);
    }
  }

  private static NodeDef complete(NodeDef node, Map<String, NodeDef> model) {
    LeftOut leftOut = LEFT_OUT.get(node.getOp());
    NodeDef op = leftOut == null ? null : model.get(TensorId.nodeOf(node.getInput(leftOut.input)));
    if (op == null) {
      return node;
    }
    NodeDef.Builder whole = node.toBuilder();
    leftOut.attributes.stream()
        .filter(op::containsAttr)
        .forEach(name -> whole.putAttr(name, op.getAttrOrThrow(name)));
    return whole.build();
  }

  /**
   * Products in C++'s gradients are of the op that also takes mixed dtypes, for which CPUs have no
   * kernel of float16; for one dtype it is the model's own.
   */
  private static NodeDef withKernel(NodeDef node) {
    if (!node.getOp().equals("BatchMatMulV3")) {
      return node;
    }
    AttrValue dtype = node.getAttrOrThrow("Tout");
    if (!Stream.of("Ta", "Tb").map(node::getAttrOrThrow).allMatch(dtype::equals)) {
      return node;
    }
    NodeDef.Builder product =
        node.toBuilder().setOp("BatchMatMulV2").putAttr("T", dtype).removeAttr("Tout");
    return product.removeAttr("Ta").removeAttr("Tb").build();
  }

  private static TensorId tensor(Output<?> gradient, GradientRequest request, TensorId x) {
    try {
      return new TensorId(gradient.op().name(), gradient.index());
    } catch (IllegalStateException e) {
      // So says an operation that is none: the binding has no other sign of it.
      throw new UserException(
          ("cannot compute the gradient of '%s' with respect to '%s': TensorFlow takes it for zero;"
                  + " name another layer")
              .formatted(request.of(), x),
          e);
    }
  }

  private static Output<?> output(Graph graph, TensorId tensor) {
    return graph.operation(tensor.node()).output(tensor.index());
  }
}
