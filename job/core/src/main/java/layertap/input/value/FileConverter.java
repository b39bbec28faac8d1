package layertap.input.value;

import layertap.failure.BadRowException;
import layertap.tensor.HostTensor;

/** Converts the bytes of the file that a value names. */
public final class FileConverter implements ValueConverter {
  private final NamedFiles files;
  private final ValueConverter contents;

  public FileConverter(NamedFiles files, ValueConverter contents) {
    this.files = files;
    this.contents = contents;
  }

  @Override
  public HostTensor convert(Object value) {
    if (!(value instanceof String path)) {
      throw BadRowException.unusable(value, "the path is null", "the path is no string");
    }
    return contents.convert(files.read(path));
  }

  @Override
  public void close() {
    contents.close();
  }
}
