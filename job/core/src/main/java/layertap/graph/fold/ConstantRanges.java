package layertap.graph.fold;

import java.util.Map;
import java.util.Optional;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Ranges of tensors that are known from one node alone. */
final class ConstantRanges {
  /** What a normal variate of TensorFlow never reaches: it is made of uniform ones from 1e-7 on. */
  private static final double BEYOND_NORMAL = 40;

  private static final double TRUNCATED = 2;

  /** Random ops whose attribute {@code dtype} is that of their values, with how wide these are. */
  private static final Map<String, Double> RANDOM =
      Map.of(
          "RandomUniform", 1.0,
          "RandomStandardNormal", BEYOND_NORMAL,
          "TruncatedNormal", TRUNCATED);

  private ConstantRanges() {}

  /**
   * Whether an op makes random numbers of a known range, in the shape that its first input says.
   */
  static boolean isRandom(NodeDef node) {
    return RANDOM.containsKey(node.getOp());
  }

  /** The range of what a random op makes. */
  static Optional<Range> ofRandom(NodeDef node) {
    DataType dtype = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    if (!node.getOp().equals("RandomUniform")) {
      double bound = RANDOM.get(node.getOp());
      return Range.rounded(-bound, bound, dtype);
    }
    // It fills the bits of the fraction of a number from 1 to 2, and subtracts 1.
    return switch (dtype) {
      case DT_FLOAT -> Range.rounded(0, 1 - 0x1p-23, dtype);
      case DT_DOUBLE -> Range.rounded(0, 1 - 0x1p-52, dtype);
      case DT_HALF -> Range.rounded(0, 1 - 0x1p-10, dtype);
      case DT_BFLOAT16 -> Range.rounded(0, 1 - 0x1p-7, dtype);
      default -> Optional.empty();
    };
  }

  /** The range of a constant that is not large. */
  static Optional<Range> ofConstant(NodeDef node) {
    return TensorValues.numbers(node).flatMap(ConstantRanges::ofNumbers);
  }

  /** The range of some finite numbers. */
  static Optional<Range> ofNumbers(double[] values) {
    Optional<Range> range = Optional.empty();
    for (double value : values) {
      if (!Double.isFinite(value)) {
        return Optional.empty();
      }
      Range own = Range.of(value);
      range = Optional.of(range.map(own::union).orElse(own));
    }
    return range;
  }
}
