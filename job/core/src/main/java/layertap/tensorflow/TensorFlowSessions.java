package layertap.tensorflow;

import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.KernelSession;
import layertap.inference.SessionFactory;
import layertap.model.cut.RunnableGraph;
import layertap.model.saved.ModelFiles;
import org.tensorflow.proto.GraphDef;

/**
 * Opens sessions of TensorFlow in this process. TensorFlow has been started before the first one is
 * opened, see {@link TensorFlowRuntime}. Thread-safe.
 */
public final class TensorFlowSessions implements SessionFactory {
  @Override
  public InferenceSession open(RunnableGraph model, ModelFiles files) {
    return GraphSession.open(model, files);
  }

  @Override
  public InferenceSession openUnoptimized(RunnableGraph model, ModelFiles files) {
    return GraphSession.openUnoptimized(model, files);
  }

  @Override
  public KernelSession openKernels(GraphDef graph, TensorId input) {
    return NativeKernelSession.open(graph, input);
  }
}
