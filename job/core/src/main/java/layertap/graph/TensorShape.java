package layertap.graph;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The shape of a tensor as far as it is known before a run.
 *
 * @param isRankKnown whether the number of axes is known
 * @param sizes of the axes, {@link #UNKNOWN} where open; empty if the rank is unknown
 */
public record TensorShape(boolean isRankKnown, List<Long> sizes) implements Serializable {
  /** The size of an axis that differs from run to run. */
  public static final long UNKNOWN = -1;

  private static final TensorShape UNKNOWN_RANK = new TensorShape(false, List.of());

  public TensorShape {
    requireNonNull(sizes, "sizes is null");
    sizes = sizes.stream().map(size -> size < 0 ? Long.valueOf(UNKNOWN) : size).toList();
  }

  public static TensorShape unknown() {
    return UNKNOWN_RANK;
  }

  public static TensorShape of(List<Long> sizes) {
    return new TensorShape(true, sizes);
  }

  /** From TensorFlow's own form. */
  public static TensorShape of(TensorShapeProto shape) {
    return shape.getUnknownRank()
        ? UNKNOWN_RANK
        : of(shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList());
  }

  /** In TensorFlow's own form. */
  public TensorShapeProto toProto() {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder().setUnknownRank(!isRankKnown);
    sizes.forEach(size -> proto.addDimBuilder().setSize(size));
    return proto.build();
  }

  /** The shape of one row of a batch: all axes but the first. */
  public TensorShape withoutBatch() {
    return !isRankKnown || sizes.isEmpty() ? this : of(sizes.subList(1, sizes.size()));
  }

  /** Whether rank and all sizes are known. */
  public boolean isFullyKnown() {
    return isRankKnown && !sizes.contains(UNKNOWN);
  }

  /** How many sizes are open. */
  public long unknownCount() {
    return Collections.frequency(sizes, UNKNOWN);
  }

  /** The number of values, of a fully known shape. */
  public long elementCount() {
    return sizes.stream().reduce(1L, Math::multiplyExact);
  }

  /** As {@code (?, 26, 26, 8)}; {@code (...)} if the rank is unknown. */
  @Override
  public String toString() {
    return isRankKnown
        ? sizes.stream()
            .map(size -> size == UNKNOWN ? "?" : size.toString())
            .collect(Collectors.joining(", ", "(", ")"))
        : "(...)";
  }
}
