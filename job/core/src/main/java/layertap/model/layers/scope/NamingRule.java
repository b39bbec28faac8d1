package layertap.model.layers.scope;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the maker of a model turned names of layers into name scopes. Immutable. */
public sealed interface NamingRule {

  /** The layer that a scope inside {@code parent} stands for, if it stands for one. */
  Optional<String> layerName(Scope scope, Scope parent);

  /**
   * Keras 2 calls a layer in a scope of exactly its name, every time again.
   *
   * @param names of all layers of the model, from its metadata; empty if they are not known, then
   *     every scope counts
   */
  record Keras2(Set<String> names) implements NamingRule {
    /** How Keras calls layers that it makes of TensorFlow's functions: {@code tf.math.add}. */
    private static final String OF_AN_OP = "tf.";

    public Keras2 {
      names = Set.copyOf(names);
    }

    @Override
    public Optional<String> layerName(Scope scope, Scope parent) {
      return names.isEmpty()
          ? new Plain().layerName(scope, parent)
          : Optional.of(scope.name())
              .filter(name -> names.contains(name) || name.startsWith(OF_AN_OP));
    }
  }

  /**
   * Keras 3 opens a layer's scope twice for each call and traces the ops in the second one, so that
   * TensorFlow's rule for unique names adds one {@code _<n>} to every level: layer {@code re_lu_1}
   * stands in {@code re_lu_1_2}. The scopes of ops and of user code are opened once: the first has
   * no suffix, so beside {@code einsum} a scope {@code einsum_1} is no layer.
   */
  record Keras3() implements NamingRule {
    private static final Pattern SUFFIXED = Pattern.compile("(.+)_\\d+");

    @Override
    public Optional<String> layerName(Scope scope, Scope parent) {
      Matcher matcher = SUFFIXED.matcher(scope.name());
      if (scope.isOp() || !matcher.matches()) {
        return Optional.empty();
      }
      String name = matcher.group(1);
      Optional<Scope> bare = parent.child(name);
      return bare.isEmpty() || layerName(bare.get(), parent).isPresent()
          ? Optional.of(name)
          : Optional.empty();
    }

    /** The path of layers for a path of scopes. */
    static String strip(String scopeName) {
      Matcher matcher = SUFFIXED.matcher(scopeName);
      return matcher.matches() ? matcher.group(1) : scopeName;
    }
  }

  /** TensorFlow 1 and tf.Module: a scope is what the code called it. */
  record Plain() implements NamingRule {
    @Override
    public Optional<String> layerName(Scope scope, Scope parent) {
      return scope.isOp() ? Optional.empty() : Optional.of(scope.name());
    }
  }
}
