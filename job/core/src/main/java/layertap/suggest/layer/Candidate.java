package layertap.suggest.layer;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.graph.Dtype;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/**
 * A layer's output that may serve as a feature. Immutable.
 *
 * @param selector that names it in a configuration
 * @param tensor of the flat graph
 * @param dtype of the tensor
 * @param rowShape shape of one row, as far as the model says it
 * @param roles why it is proposed; one at least
 */
public record Candidate(
    String selector, TensorId tensor, DataType dtype, TensorShape rowShape, Set<Role> roles) {
  /** What an output is in its model; the order is that in which one would try them. */
  public enum Role {
    /** A map or a sequence is averaged, or its maximum taken, for the last time. */
    LAST_POOLED("the last pooled output"),
    /** The last product with weights takes it. */
    BEFORE_CLASSIFIER("what enters the classifier"),
    /** What the last recurrent layer holds after the last step. */
    LAST_STATE("the last state of a recurrent layer"),
    /** Nothing after it has axes of space. */
    LAST_MAP("the last spatial map"),
    /** Nothing after it has an axis of steps. */
    LAST_SEQUENCE("the last sequence"),
    /** The last of a resolution, or of a residual block, through which everything passes. */
    BLOCK_END("the end of a block");

    private final String words;

    Role(String words) {
      this.words = words;
    }

    /** As a part of a sentence. */
    public String words() {
      return words;
    }
  }

  public Candidate {
    requireNonNull(selector, "selector is null");
    requireNonNull(tensor, "tensor is null");
    requireNonNull(dtype, "dtype is null");
    requireNonNull(rowShape, "rowShape is null");
    roles = Collections.unmodifiableSet(EnumSet.copyOf(roles));
  }

  /** Why it is proposed, as a part of a sentence. */
  public String reason() {
    return roles.stream().map(Role::words).collect(Collectors.joining(", "));
  }

  /** How many bytes its values take in a row, as they are; empty where rows decide. */
  public OptionalLong bytes() {
    return bytes(rowShape, dtype);
  }

  /** The same after the axes between the batch and the channels are pooled. */
  public OptionalLong pooledBytes() {
    return bytes(pooledShape(), dtype);
  }

  /** The shape of a row of which the axes before the last are pooled. */
  public TensorShape pooledShape() {
    int rank = rowShape.sizes().size();
    return TensorShape.of(rowShape.sizes().subList(Math.max(0, rank - 1), rank));
  }

  /** Whether it has axes that can be pooled. */
  public boolean isPoolable() {
    return rowShape.sizes().size() > 1 && Dtype.isFloat(dtype);
  }

  private static OptionalLong bytes(TensorShape shape, DataType dtype) {
    long value = Dtype.find(dtype).flatMap(Dtype::storedAs).map(Dtype::bytes).orElse(0);
    return shape.isFullyKnown() && value > 0
        ? OptionalLong.of(shape.elementCount() * value)
        : OptionalLong.empty();
  }
}
