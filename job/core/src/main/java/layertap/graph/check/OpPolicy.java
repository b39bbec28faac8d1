package layertap.graph.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.OpClass;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Refuses graphs with ops that do more than compute. A model is a program, perhaps a stranger's;
 * only ops on the list are run. Immutable and thread-safe.
 */
public final class OpPolicy {
  private static final String RESOURCE = "op-policy.txt";

  private OpPolicy() {}

  private static final class Holder {
    static final Map<String, OpClass> CLASSES = load();

    private static Map<String, OpClass> load() {
      Map<String, OpClass> classes = new HashMap<>();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  OpPolicy.class.getResourceAsStream(RESOURCE), StandardCharsets.US_ASCII))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.startsWith("#")) {
            String[] words = line.split(" ");
            classes.put(
                words[0], OpClass.valueOf(words[1].toUpperCase(Locale.ROOT).replace('-', '_')));
          }
        }
        return classes;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
      }
    }
  }

  /** The class of an op; none for one that this build's TensorFlow does not have. */
  public static Optional<OpClass> classOf(String op) {
    return Optional.ofNullable(Holder.CLASSES.get(op));
  }

  /**
   * Checks all nodes of a graph and of its functions.
   *
   * @throws GraphException names the first op that must not run, and its node
   */
  public static void check(GraphDef graph) {
    FunctionLibrary.allNodes(graph).forEach(node -> check(node, false /* no random ops */));
  }

  /**
   * Checks a graph that is run for comparison only; it may hold random ops.
   *
   * @throws GraphException names the first op that must not run, and its node
   */
  public static void checkReference(GraphDef graph) {
    FunctionLibrary.allNodes(graph).forEach(node -> check(node, true /* random ops, too */));
  }

  private static void check(NodeDef node, boolean mayBeRandom) {
    OpClass opClass =
        classOf(node.getOp())
            .orElseThrow(
                () -> refused(node, "layertap's TensorFlow does not have it (a custom op?)", ""));
    if (!opClass.isAllowed() && !(mayBeRandom && opClass == OpClass.RANDOM)) {
      throw refused(
          node,
          opClass.objection(),
          opClass == OpClass.RANDOM
              ? ", or feed the switch that turns it off with value, as keep_prob or is_training"
              : "");
    }
  }

  private static GraphException refused(NodeDef node, String objection, String remedy) {
    return new GraphException(
        "the op %s of '%s' is not run: %s; tap a layer that does not need it%s"
            .formatted(node.getOp(), node.getName(), objection, remedy));
  }
}
