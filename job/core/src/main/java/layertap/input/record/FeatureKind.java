package layertap.input.record;

import com.google.protobuf.ByteString;
import java.util.List;
import org.tensorflow.proto.Feature;

/** What a feature holds. */
public enum FeatureKind {
  /** Encoded images, texts, or whatever else. */
  BYTES("bytes"),
  /** Bytes that must be text in UTF-8. */
  TEXT("bytes"),
  FLOAT("floats"),
  INT64("integers");

  private final String words;

  FeatureKind(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  /** The kind of a feature that has one. */
  static FeatureKind of(Feature feature) {
    return switch (feature.getKindCase()) {
      case BYTES_LIST -> BYTES;
      case FLOAT_LIST -> FLOAT;
      case INT64_LIST -> INT64;
      case KIND_NOT_SET -> throw new IllegalArgumentException("the feature has no kind");
    };
  }

  /** Whether a feature says what it holds; TensorFlow takes one that does not for missing. */
  static boolean isSet(Feature feature) {
    return feature.getKindCase() != Feature.KindCase.KIND_NOT_SET;
  }

  static int count(Feature feature) {
    return switch (feature.getKindCase()) {
      case BYTES_LIST -> feature.getBytesList().getValueCount();
      case FLOAT_LIST -> feature.getFloatList().getValueCount();
      case INT64_LIST -> feature.getInt64List().getValueCount();
      case KIND_NOT_SET -> 0;
    };
  }

  /** Whether a feature is of this kind, or holds nothing. */
  boolean takes(Feature feature) {
    return !isSet(feature) || of(feature) == (this == TEXT ? BYTES : this);
  }

  /** The first value. */
  Object value(Feature feature) {
    return switch (this) {
      case BYTES, TEXT -> feature.getBytesList().getValue(0).toByteArray();
      case FLOAT -> feature.getFloatList().getValue(0);
      case INT64 -> feature.getInt64List().getValue(0);
    };
  }

  /** All values, of one feature after the other, without a box for each number. */
  Object values(List<Feature> features) {
    int count = features.stream().mapToInt(FeatureKind::count).sum();
    return switch (this) {
      case BYTES, TEXT ->
          features.stream()
              .flatMap(feature -> feature.getBytesList().getValueList().stream())
              .map(ByteString::toByteArray)
              .toArray(byte[][]::new);
      case FLOAT -> floats(features, new float[count]);
      case INT64 -> longs(features, new long[count]);
    };
  }

  private static float[] floats(List<Feature> features, float[] values) {
    int filled = 0;
    for (Feature feature : features) {
      for (int i = 0; i < feature.getFloatList().getValueCount(); i++) {
        values[filled++] = feature.getFloatList().getValue(i);
      }
    }
    return values;
  }

  private static long[] longs(List<Feature> features, long[] values) {
    int filled = 0;
    for (Feature feature : features) {
      for (int i = 0; i < feature.getInt64List().getValueCount(); i++) {
        values[filled++] = feature.getInt64List().getValue(i);
      }
    }
    return values;
  }
}
