package layertap.tensorflow;

import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.KernelSession;
import layertap.inference.SessionFactory;
import layertap.model.cut.TruncatedModel;
import layertap.model.saved.ModelFiles;
import org.tensorflow.proto.GraphDef;

/**
 * Opens sessions of TensorFlow in this process. TensorFlow has been started before the first one is
 * opened, see {@link TensorFlowRuntime}. Thread-safe.
 */
public final class TensorFlowSessions implements SessionFactory {
  @Override
  public InferenceSession open(TruncatedModel model, ModelFiles files) {
    return TruncatedSession.open(model, files);
  }

  @Override
  public InferenceSession openUnoptimized(TruncatedModel model, ModelFiles files) {
    return TruncatedSession.openUnoptimized(model, files);
  }

  @Override
  public KernelSession openKernels(GraphDef graph, TensorId input) {
    return NativeKernelSession.open(graph, input);
  }
}
