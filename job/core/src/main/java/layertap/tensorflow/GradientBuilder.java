package layertap.tensorflow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.cut.RunnableGraph;
import layertap.model.gradient.BackwardPass;
import layertap.model.gradient.GradientRequest;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.proto.NodeDef;

/** Lets TensorFlow add backward passes to a model's graph. Reads no values of variables. */
public final class GradientBuilder {
  private GradientBuilder() {}

  /** The ops of the passes. */
  public static BackwardPass add(RunnableGraph model, List<GradientRequest> requests) {
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      List<List<TensorId>> gradients = new ArrayList<>();
      for (GradientRequest request : requests) {
        Output<?>[] wrt =
            request.wrt().stream().map(x -> output(graph, x)).toArray(Output<?>[]::new);
        Output<?>[] added =
            graph.addGradients(
                request.prefix(),
                new Output<?>[] {output(graph, request.of())},
                wrt,
                new Output<?>[] {output(graph, request.seed())});
        List<TensorId> own = new ArrayList<>();
        for (Output<?> gradient : added) {
          own.add(new TensorId(gradient.op().name(), gradient.index()));
        }
        gradients.add(own);
      }
      Set<String> there = new HashSet<>();
      model.graph().getNodeList().forEach(node -> there.add(node.getName()));
      List<NodeDef> nodes =
          graph.toGraphDef().getNodeList().stream()
              .filter(node -> !there.contains(node.getName()))
              .toList();
      return new BackwardPass(nodes, gradients);
    }
  }

  private static Output<?> output(Graph graph, TensorId tensor) {
    return graph.operation(tensor.node()).output(tensor.index());
  }
}
