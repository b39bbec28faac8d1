package layertap.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Numbers to measure with, the same ones in each run. */
final class Values {
  private static final long SEED = 7;

  private Values() {}

  /** Between -1 and 1. */
  static float[] floats(int count) {
    Random random = new Random(SEED);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }

  /** Half of them zeros, as behind a ReLU. */
  static float[] activations(int count) {
    float[] values = floats(count);
    for (int i = 0; i < count; i++) {
      values[i] = Math.max(0, values[i]);
    }
    return values;
  }

  /** An object for each number. */
  static List<Object> boxed(float[] values) {
    List<Object> boxed = new ArrayList<>(values.length);
    for (float value : values) {
      boxed.add(value);
    }
    return boxed;
  }
}
