package layertap.inference;

import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.model.cut.RunnableGraph;
import layertap.model.saved.ModelFiles;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.GraphDef;

/** Opens sessions whose runs have a time limit where their callers set none. Thread-safe. */
public final class LimitedSessions implements SessionFactory {
  private final SessionFactory sessions;
  private final TimeLimit limit;

  public LimitedSessions(SessionFactory sessions, TimeLimit limit) {
    this.sessions = sessions;
    this.limit = limit;
  }

  @Override
  public InferenceSession open(RunnableGraph model, ModelFiles files) {
    return limited(sessions.open(model, files));
  }

  @Override
  public InferenceSession openUnoptimized(RunnableGraph model, ModelFiles files) {
    return limited(sessions.openUnoptimized(model, files));
  }

  @Override
  public KernelSession openKernels(GraphDef graph, TensorId input) {
    return sessions.openKernels(graph, input);
  }

  private InferenceSession limited(InferenceSession session) {
    return new InferenceSession() {
      @Override
      public List<HostTensor> run(
          Map<TensorId, HostTensor> feeds, List<TensorId> fetches, TimeLimit own) {
        return session.run(feeds, fetches, own.isNone() ? limit : own);
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }
}
