package layertap.inference;

import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.model.cut.RunnableGraph;
import layertap.model.saved.ModelFiles;
import org.tensorflow.proto.GraphDef;

/** Opens sessions, which their callers own. Thread-safe. */
public interface SessionFactory {
  /**
   * Reads the variables of a model and opens a session on its graph.
   *
   * @throws UserException if the model is damaged or cannot be run
   * @throws java.io.UncheckedIOException if its storage fails
   */
  InferenceSession open(RunnableGraph model, ModelFiles files);

  /** The same, running the model's ops one by one as they stand, for comparison. */
  InferenceSession openUnoptimized(RunnableGraph model, ModelFiles files);

  /**
   * Opens a session on a graph of kernels, which runs op for op as written.
   *
   * @param input a placeholder of a scalar string
   */
  KernelSession openKernels(GraphDef graph, TensorId input);
}
