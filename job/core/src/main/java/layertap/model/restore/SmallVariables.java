package layertap.model.restore;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.graph.freeze.FrozenGraph;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.saved.ModelFiles;

/** Reads the numbers of small variables from the checkpoint, each once. Not thread-safe. */
public final class SmallVariables {
  /** More channels than any layer has. */
  private static final int MOST_VALUES = 1 << 16;

  /** Texts are as long as they like, and no numbers. */
  private static final int MOST_BYTES = 16 * MOST_VALUES;

  private final ModelFiles files;
  private final KeptVariables variables;
  private final Map<String, Optional<Numbers>> known = new HashMap<>();

  /** Looks into the checkpoint of a model. */
  public SmallVariables(ModelFiles files, InitializerGraph initializers) {
    this.files = files;
    this.variables = new KeptVariables(files, initializers);
  }

  /**
   * What a variable holds.
   *
   * @param shape as the checkpoint tells it
   * @param values row-major
   */
  public record Numbers(List<Long> shape, double[] values) {}

  /** What a variable holds; empty if it is not there, not small, or holds no numbers. */
  public Optional<Numbers> of(FrozenGraph.Variable variable) {
    Optional<Numbers> numbers = known.get(variable.node());
    if (numbers == null) {
      numbers = read(variable);
      known.put(variable.node(), numbers);
    }
    return numbers;
  }

  private Optional<Numbers> read(FrozenGraph.Variable variable) {
    BundleEntry entry;
    try {
      entry = variables.find(List.of(variable)).get(0).entry();
    } catch (UserException e) {
      // Whoever needs the variable for a feature is told; here it is only not known.
      return Optional.empty();
    }
    if (entry.elementCount() < 1
        || entry.elementCount() > MOST_VALUES
        || entry.length() > MOST_BYTES) {
      return Optional.empty();
    }
    return CheckpointNumbers.decode(
            entry.dtype(), files.read(entry.file(), entry.offset(), (int) entry.length()))
        .map(values -> new Numbers(entry.shape(), values));
  }
}
