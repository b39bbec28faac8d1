package layertap.jobs.output

import layertap.testing.{JobFolder, Storage}

class RandomRunsTest extends RandomRuns {
  override protected def storage(folder: JobFolder): Storage = Storage.local(folder)
}
