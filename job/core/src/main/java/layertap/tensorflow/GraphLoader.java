package layertap.tensorflow;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.failure.UserException;
import layertap.graph.TensorShape;
import layertap.graph.detour.Detours;
import layertap.graph.optimize.FusedOps;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.RangeReads;
import layertap.model.checkpoint.StringTensors;
import layertap.model.cut.RunnableGraph;
import layertap.model.saved.ModelFiles;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Imports truncated models into native graphs. */
final class GraphLoader {
  private GraphLoader() {}

  /**
   * Imports with the constants' values, the assets' paths and the detours; the caller closes the
   * graph.
   */
  static Graph load(
      RunnableGraph model,
      VariableValues variables,
      Detours detours,
      ModelFiles files,
      LocalAssets assets) {
    Map<String, AttrValue> values = new HashMap<>();
    RangeReads.of(variables.constants())
        .read(
            files,
            (entry, bytes, offset) -> {
              AttrValue value = constant(entry, bytes, offset);
              variables.constantsOf(entry).forEach(node -> values.put(node, value));
            });
    model.assets().forEach(asset -> values.put(asset.node(), path(assets.path(asset))));
    GraphDef.Builder filled = variables.graph().toBuilder();
    for (NodeDef.Builder node : filled.getNodeBuilderList()) {
      AttrValue value = values.remove(node.getName());
      if (value != null) {
        node.putAttr("value", value);
      }
    }
    return importGraph(detours.in(filled.build()));
  }

  private static AttrValue constant(BundleEntry entry, byte[] bytes, int offset) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setDtype(entry.dtype())
            .setTensorShape(TensorShape.of(entry.shape()).toProto());
    if (entry.dtype() == DataType.DT_STRING) {
      tensor.addAllStringVal(strings(entry, bytes, offset));
    } else {
      tensor.setTensorContent(ByteString.copyFrom(bytes, offset, (int) entry.length()));
    }
    return AttrValue.newBuilder().setTensor(tensor).build();
  }

  private static List<ByteString> strings(BundleEntry entry, byte[] bytes, int offset) {
    try {
      return StringTensors.decode(entry, bytes, offset);
    } catch (IOException e) {
      throw new UserException(
          "cannot read '%s': %s; copy or export the model again"
              .formatted(entry.key(), e.getMessage()),
          e);
    }
  }

  private static AttrValue path(String path) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(TensorShape.of(List.of()).toProto())
            .addStringVal(ByteString.copyFromUtf8(path));
    return AttrValue.newBuilder().setTensor(tensor).build();
  }

  /**
   * Imports with placeholders for variables and assets, enough to infer shapes; the caller closes
   * it.
   */
  static Graph loadWithoutValues(RunnableGraph model) {
    Map<String, List<Long>> shapes = new HashMap<>();
    model.variables().forEach(kept -> shapes.put(kept.node(), kept.entry().shape()));
    model.assets().forEach(asset -> shapes.put(asset.node(), List.of()));
    GraphDef.Builder open = model.graph().toBuilder();
    for (NodeDef.Builder node : open.getNodeBuilderList()) {
      List<Long> shape = shapes.get(node.getName());
      if (shape != null) {
        AttrValue.Builder known = AttrValue.newBuilder();
        known.setShape(TensorShape.of(shape).toProto());
        node.setOp("Placeholder").removeAttr("value").putAttr("shape", known.build());
      }
    }
    return importGraph(open.build());
  }

  /** Imports a graph, fused as far as this process has kernels; the caller closes it. */
  static Graph importGraph(GraphDef graphDef) {
    GraphDef computable = FusedOps.forKernels(graphDef, KernelCheck.fusedByOneDnn());
    KernelCheck.check(computable);
    Graph graph = new Graph();
    try {
      graph.importGraphDef(computable);
      return graph;
    } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException e) {
      graph.close();
      throw new UserException(
          ("cannot run the cut model: TensorFlow refuses its graph, %s; export the "
                  + "model again")
              .formatted(e.getMessage()),
          e);
    }
  }
}
