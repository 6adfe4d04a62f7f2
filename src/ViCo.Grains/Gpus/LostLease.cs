namespace ViCo.Grains.Gpus;

/// <param name="Died">Its worker's process ended while it ran this job alone: the job itself may be what ended it.</param>
internal sealed record LostLease(string JobKey, int Attempt, bool Died);
