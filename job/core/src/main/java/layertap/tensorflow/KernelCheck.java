package layertap.tensorflow;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import layertap.graph.optimize.FusedOps;
import layertap.process.ProcessorFlags;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.KernelDef;
import org.tensorflow.proto.KernelList;
import org.tensorflow.proto.NodeDef;

/** Finds ops that are registered, but that nothing on this machine's CPU computes. */
final class KernelCheck {
  /** Kernels for every device are registered for DEFAULT. */
  private static final Set<String> DEVICES = Set.of("CPU", "DEFAULT");

  private KernelCheck() {}

  /**
   * In which types oneDNN fuses ops here. Without it there are kernels of their names as well,
   * which compute nothing: they only stand for those that oneDNN's pass puts in their place, and
   * does not on processors for which oneDNN has none.
   */
  static Set<DataType> fusedByOneDnn() {
    return TensorFlowRuntime.usesOneDnn() ? Holder.FUSED : Set.of();
  }

  /**
   * Checks all nodes of a graph and of its functions.
   *
   * @throws UserException names the first op without a kernel
   */
  static void check(GraphDef graph) {
    FunctionLibrary.allNodes(graph).forEach(KernelCheck::require);
  }

  private static void require(NodeDef node) {
    // The runtime takes these apart before it looks for kernels.
    if (Ops.calls(node) != Ops.Calls.NOTHING) {
      return;
    }
    List<KernelDef> known = Holder.CPU_KERNELS.getOrDefault(node.getOp(), List.of());
    if (known.stream().noneMatch(kernel -> suits(kernel, node))) {
      Set<String> types = new HashSet<>();
      node.getAttrMap()
          .values()
          .forEach(
              value -> {
                if (value.getValueCase() == AttrValue.ValueCase.TYPE) {
                  types.add(Dtype.nameOf(value.getType()));
                }
              });
      throw new UserException(
          ("cannot run the op %s of '%s': TensorFlow has no kernel for it on a CPU%s; "
                  + "tap a layer that does not need it")
              .formatted(
                  node.getOp(),
                  node.getName(),
                  types.isEmpty() ? "" : " with " + String.join(", ", types)));
    }
  }

  private static boolean suits(KernelDef kernel, NodeDef node) {
    for (KernelDef.AttrConstraint constraint : kernel.getConstraintList()) {
      AttrValue value = node.getAttrMap().get(constraint.getName());
      List<DataType> allowed = constraint.getAllowedValues().getList().getTypeList();
      if (value != null
          && value.getValueCase() == AttrValue.ValueCase.TYPE
          && !allowed.contains(value.getType())) {
        return false;
      }
    }
    return true;
  }

  /** Kernels for CPUs by op, asked of TensorFlow once. */
  private static final class Holder {
    static final Map<String, List<KernelDef>> CPU_KERNELS = load();

    /** See {@link #fusedByOneDnn}; of oneDNN's kernels, were they on. */
    static final Set<DataType> FUSED = fused();

    private static Set<DataType> fused() {
      if (!CPU_KERNELS.keySet().containsAll(FusedOps.OF_ONE_DNN)) {
        return Set.of();
      }
      return ProcessorFlags.hasBFloat16()
          ? Set.of(DataType.DT_FLOAT, DataType.DT_BFLOAT16)
          : Set.of(DataType.DT_FLOAT);
    }

    private static Map<String, List<KernelDef>> load() {
      TF_Status status = TF_Status.newStatus();
      TF_Buffer buffer = tensorflow.TF_GetAllRegisteredKernels(status);
      try {
        status.throwExceptionIfNotOK();
        ByteBuffer bytes = buffer.data().capacity(buffer.length()).asByteBuffer();
        return KernelList.parseFrom(bytes).getKernelList().stream()
            .filter(kernel -> DEVICES.contains(kernel.getDeviceType()))
            .collect(Collectors.groupingBy(KernelDef::getOp));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("TensorFlow lists kernels in its own format", e);
      } finally {
        tensorflow.TF_DeleteBuffer(buffer);
        status.close();
      }
    }
  }
}
