package layertap.graph;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.failure.GraphException;

/**
 * Output {@code index} of the node {@code node}; written {@code node:index} as in a GraphDef.
 *
 * @param node name of a node of a flat graph
 * @param index position among the node's outputs, from 0
 */
public record TensorId(String node, int index) implements Serializable {
  public TensorId {
    requireNonNull(node, "node is null");
    if (index < 0) {
      throw new GraphException("cannot name an output of '" + node + "': index " + index);
    }
  }

  /** Reads {@code node} (output 0) or {@code node:index}; the latter's index must be a number. */
  public static TensorId parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return new TensorId(text, 0);
    }
    String digits = text.substring(colon + 1);
    if (digits.isEmpty() || digits.length() > 9 || !digits.chars().allMatch(Character::isDigit)) {
      throw new GraphException("cannot read the tensor name '" + text + "': no index after ':'");
    }
    return new TensorId(text.substring(0, colon), Integer.parseInt(digits));
  }

  /** Whether an input of a NodeDef is a control edge ({@code ^node}). */
  public static boolean isControl(String input) {
    return input.startsWith("^");
  }

  /** The node at the other end of an input of a NodeDef, data or control. */
  public static String nodeOf(String input) {
    if (isControl(input)) {
      return input.substring(1);
    }
    int colon = input.lastIndexOf(':');
    return colon < 0 ? input : input.substring(0, colon);
  }

  /** As a NodeDef writes it: output 0 without its index. */
  public String asInput() {
    return index == 0 ? node : node + ":" + index;
  }

  @Override
  public String toString() {
    return node + ":" + index;
  }
}
