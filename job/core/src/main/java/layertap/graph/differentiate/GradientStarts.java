package layertap.graph.differentiate;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.rewrite.Substitution;

/**
 * Puts an identity behind each tensor that is differentiated by. TensorFlow follows all outputs of
 * the node that gives such a tensor, and so would reach others by ways that no gradient takes.
 *
 * <pre>
 *   While ─┬─ state ─▶ Identity ─▶ of
 *          └─ list ─▶ TensorListStack ─▶ Identity ─▲     no way from one identity to the other
 * </pre>
 */
final class GradientStarts {
  private static final String SUFFIX = "/layertap_start_";

  private GradientStarts() {}

  /** The identities, with what they hand on; from then on these are differentiated by. */
  static Map<TensorId, TensorId> add(Rewriting rewriting) {
    Substitution changes = new Substitution();
    Map<TensorId, TensorId> originals = new HashMap<>();
    for (TensorId tensor : new LinkedHashSet<>(rewriting.wrt())) {
      String name = tensor.node() + SUFFIX + tensor.index();
      TensorId start = changes.addIdentity(name, tensor, rewriting.graph().type(tensor));
      changes.replace(tensor, start);
      originals.put(start, tensor);
    }
    rewriting.apply(changes);
    return originals;
  }
}
