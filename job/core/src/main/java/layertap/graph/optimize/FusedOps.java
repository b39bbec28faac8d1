package layertap.graph.optimize;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** What stands for several ops in an optimized graph, and has no kernel in some processes. */
public final class FusedOps {
  /** The ops whose kernels oneDNN has. */
  public static final Set<String> OF_ONE_DNN =
      Stream.concat(
              Stream.of(FusedConvolution.ONE_DNN_FULL, FusedConvolution.ONE_DNN_DEPTHWISE),
              SelfGate.ops().stream())
          .collect(Collectors.toUnmodifiableSet());

  private FusedOps() {}

  /**
   * The graph with kernels that the process has; the same object if it has them all.
   *
   * @param oneDnn in which types oneDNN's kernels fuse ops
   */
  public static GraphDef forKernels(GraphDef graph, Set<DataType> oneDnn) {
    boolean isChanged = false;
    GraphDef.Builder built = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      List<NodeDef> nodes = forKernels(node, oneDnn);
      isChanged |= nodes.get(0) != node;
      built.addAllNode(nodes);
    }
    return isChanged ? built.build() : graph;
  }

  private static List<NodeDef> forKernels(NodeDef node, Set<DataType> oneDnn) {
    return switch (node.getOp()) {
      case FusedConvolution.FULL, FusedConvolution.DEPTHWISE ->
          FusedConvolution.forKernels(node, oneDnn);
      default ->
          SelfGate.of(node)
              .filter(gate -> !oneDnn.contains(node.getAttrOrThrow(Convolution.TYPE).getType()))
              .map(gate -> gate.apart(node))
              .orElse(List.of(node));
    };
  }
}
