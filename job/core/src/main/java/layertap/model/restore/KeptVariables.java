package layertap.model.restore;

import java.util.ArrayList;
import java.util.List;
import layertap.failure.UserException;
import layertap.graph.freeze.FrozenGraph;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.TensorBundle;
import layertap.model.restore.InitializerGraph.Restored;
import layertap.model.saved.ModelFiles;

/** Finds where the values of a graph's variables lie. */
public final class KeptVariables {
  private final ModelFiles files;
  private final InitializerGraph initializers;

  /** Looks into the checkpoint of a model. */
  public KeptVariables(ModelFiles files, InitializerGraph initializers) {
    this.files = files;
    this.initializers = initializers;
  }

  /**
   * The variables with their places in the checkpoint.
   *
   * @throws UserException if one is not there, or is of another dtype
   */
  public List<KeptVariable> find(List<FrozenGraph.Variable> variables) {
    if (variables.isEmpty()) {
      return List.of();
    }
    TensorBundle bundle = TensorBundle.open(files);
    List<KeptVariable> kept = new ArrayList<>();
    for (FrozenGraph.Variable variable : variables) {
      kept.add(new KeptVariable(variable.node(), find(bundle, variable)));
    }
    return kept;
  }

  private BundleEntry find(TensorBundle bundle, FrozenGraph.Variable variable) {
    Restored restored = initializers.variable(variable.node()).orElse(null);
    if (restored == null) {
      throw unreadable(variable, "the model's restore op does not set it");
    }
    BundleEntry entry =
        bundle
            .find(restored.key(), restored.slice())
            .orElseThrow(
                () -> unreadable(variable, "the checkpoint has no entry '" + restored.key() + "'"));
    if (entry.dtype() != variable.dtype()) {
      throw unreadable(
          variable,
          "the checkpoint holds " + entry.dtype() + ", the graph wants " + variable.dtype());
    }
    return entry;
  }

  private UserException unreadable(FrozenGraph.Variable variable, String fact) {
    return new UserException(
        "cannot read the variable '%s' of %s: %s; export the model again"
            .formatted(variable.node(), files.location(), fact));
  }
}
