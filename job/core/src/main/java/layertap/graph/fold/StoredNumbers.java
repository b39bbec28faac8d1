package layertap.graph.fold;

import java.util.Optional;
import org.tensorflow.proto.NodeDef;

/** What variables hold when a model is loaded, which is what each batch starts from. */
@FunctionalInterface
public interface StoredNumbers {
  /** The numbers of a variable, if they are few and known; truth values are 0 and 1. */
  Optional<double[]> of(NodeDef variable);
}
