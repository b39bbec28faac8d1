package layertap.model.cut;

import java.util.Optional;
import layertap.graph.fold.StoredNumbers;
import layertap.graph.freeze.Freezer;
import layertap.graph.freeze.FrozenGraph;
import layertap.model.LoadedModel;
import layertap.model.restore.SmallVariables;
import org.tensorflow.proto.NodeDef;

/**
 * Variables of one value, such as the flag by which a layer knows that its weights have been
 * initialized. Reads those that it is asked for. Not thread-safe.
 */
final class StoredSwitches implements StoredNumbers {
  private final SmallVariables variables;

  StoredSwitches(LoadedModel source) {
    this.variables = new SmallVariables(source.files(), source.initializers());
  }

  @Override
  public Optional<double[]> of(NodeDef variable) {
    FrozenGraph.Variable declared = Freezer.variable(variable);
    boolean mayBeOne =
        !declared.shape().isFullyKnown()
            || declared.shape().sizes().stream().allMatch(size -> size == 1);
    return mayBeOne
        ? variables
            .of(declared)
            .map(SmallVariables.Numbers::values)
            .filter(values -> values.length == 1)
        : Optional.empty();
  }
}
