package layertap.graph.differentiate.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Parts of vectors whose values are known. */
final class SmallSlices {
  private SmallSlices() {}

  /** {@code vector[begin:end:stride]}, or one element of it. */
  static Optional<SmallTensor> strided(NodeDef node, List<SmallTensor> values) {
    SmallTensor from = values.get(0);
    boolean isPlain =
        from.shape().size() == 1
            && values.stream().skip(1).allMatch(value -> value.whole().isPresent())
            && mask(node, "ellipsis_mask") == 0
            && mask(node, "new_axis_mask") == 0;
    if (!isPlain) {
      return Optional.empty();
    }
    int size = from.count();
    int stride = values.get(3).whole().getAsInt();
    int begin = position(values.get(1).whole().getAsInt(), size);
    if (mask(node, "shrink_axis_mask") == 1) {
      return begin >= 0 && begin < size
          ? Optional.of(SmallTensor.scalar(from.value(begin)))
          : Optional.empty();
    }
    if (stride < 1) {
      return Optional.empty();
    }
    int first = mask(node, "begin_mask") == 1 ? 0 : Math.max(0, begin);
    int end =
        mask(node, "end_mask") == 1
            ? size
            : Math.min(size, position(values.get(2).whole().getAsInt(), size));
    List<Integer> positions = new ArrayList<>();
    for (int i = first; i < end; i += stride) {
      positions.add(i);
    }
    return Optional.of(from.at(positions.stream().mapToInt(Integer::intValue).toArray()));
  }

  /** So many elements of a vector from one on; all that follow if the size is -1. */
  static Optional<SmallTensor> plain(List<SmallTensor> values) {
    SmallTensor from = values.get(0);
    boolean isPlain =
        from.shape().size() == 1
            && values.stream().skip(1).allMatch(value -> value.whole().isPresent());
    if (!isPlain) {
      return Optional.empty();
    }
    int begin = values.get(1).whole().getAsInt();
    int size = values.get(2).whole().getAsInt();
    int end = size < 0 ? from.count() : begin + size;
    if (begin < 0 || end > from.count()) {
      return Optional.empty();
    }
    int[] positions = new int[Math.max(0, end - begin)];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = begin + i;
    }
    return Optional.of(from.at(positions));
  }

  private static int position(int index, int size) {
    return index < 0 ? index + size : index;
  }

  private static long mask(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getI();
  }
}
