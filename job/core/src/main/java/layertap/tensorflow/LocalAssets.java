package layertap.tensorflow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.model.restore.AssetConstant;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.ModelFiles.ModelFile;

/**
 * Private local copies of a model's assets, wherever the model lies. Needed while tables are
 * filled; closing deletes them.
 */
final class LocalAssets implements AutoCloseable {
  private final Path folder;
  private final Map<String, Path> copies = new HashMap<>();

  private LocalAssets(Path folder) {
    this.folder = folder;
  }

  static LocalAssets copy(List<AssetConstant> assets, ModelFiles files) {
    if (assets.isEmpty()) {
      return new LocalAssets(null);
    }
    try {
      LocalAssets local = new LocalAssets(Files.createTempDirectory("layertap-assets"));
      try {
        local.fill(assets, files);
        return local;
      } catch (Throwable e) {
        try {
          local.close();
        } catch (RuntimeException atClose) {
          e.addSuppressed(atClose);
        }
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the assets of " + files.location(), e);
    }
  }

  private void fill(List<AssetConstant> assets, ModelFiles files) throws IOException {
    List<ModelFile> listed = files.list();
    for (AssetConstant asset : assets) {
      ModelFile file =
          listed.stream()
              .filter(candidate -> candidate.path().equals(asset.path()))
              .findFirst()
              .orElseThrow(() -> new IOException(asset.path() + " is missing"));
      byte[] bytes = files.read(file.path(), 0, Math.toIntExact(file.length()));
      Path copy = folder.resolve("asset-" + copies.size());
      copies.put(asset.node(), Files.write(copy, bytes));
    }
  }

  String path(AssetConstant asset) {
    return copies.get(asset.node()).toString();
  }

  @Override
  public void close() {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }
}
