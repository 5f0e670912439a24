// What a program has that imports the library: everything that prunes and nothing of the terminal. All else is the
// package's own (`package`). A test compares this list with what the modules declare public.

// Models: a file is opened, looked into and written.
@_exported public import protocol Formats.ModelFile
@_exported public import enum Formats.ModelFormat
@_exported public import struct Formats.ONNXModel
@_exported public import struct Formats.MXNetModel
@_exported public import struct Formats.PT2Model
@_exported public import struct Graph.Network
@_exported public import struct Graph.Node
@_exported public import struct Graph.NodeID
@_exported public import struct Graph.Value
@_exported public import struct Graph.ValueID
@_exported public import struct Graph.DeclaredType
@_exported public import enum Graph.Dimension
@_exported public import enum Graph.Attribute
@_exported public import class Graph.Subgraph
@_exported public import struct Graph.Tensor
@_exported public import enum Graph.ElementType
@_exported public import struct Graph.BoundNetwork
@_exported public import struct Graph.NetworkSummary
@_exported public import struct Graph.Layer

// Data: what scores, training and evaluation read, and what does not fit.
@_exported public import struct Datasets.Dataset
@_exported public import struct Datasets.DatasetConfiguration
@_exported public import enum Datasets.Split
@_exported public import struct Datasets.Batch
@_exported public import struct Datasets.LossTerm
@_exported public import struct Datasets.Finding
@_exported public import struct Datasets.NumPyArray
@_exported public import struct Datasets.NumPyArchive
@_exported public import enum Datasets.StoredElementType

// Computing: outputs and gradients, and how they are computed.
@_exported public import class Compute.ExecutionPlan
@_exported public import enum Compute.Purpose
@_exported public import struct Compute.ComputeOptions
@_exported public import enum Compute.Precision
@_exported public import class Compute.CancellationFlag
@_exported public import struct Graph.MemoryBudget
@_exported public import func Compute.infer

// The workbench: a model with its iterations, and its session on disk.
@_exported public import class Session.Workbench
@_exported public import struct Session.OpenNetwork
@_exported public import struct Session.History
@_exported public import struct Session.Iteration
@_exported public import struct SessionModel.IterationSummary
@_exported public import struct Session.SessionFolder
@_exported public import struct Session.Resumption
@_exported public import protocol Session.DataRun
@_exported public import struct SessionModel.RunProgress
@_exported public import enum SessionModel.RunningChange

// Groups: which kernels can only go together, and which cannot go.
@_exported public import struct Pruning.ChannelGroups
@_exported public import struct Pruning.ChannelGroup
@_exported public import struct Pruning.CoupledLayer
@_exported public import struct Pruning.KernelUnit
@_exported public import struct Pruning.Kernel
@_exported public import struct Pruning.WeightSlice
@_exported public import struct Pruning.FreezeReason
@_exported public import struct Pruning.FrozenKernels
@_exported public import enum Pruning.GroupedConvolutionPolicy

// Scores: what kernels are worth.
@_exported public import enum Pruning.Criterion
@_exported public import struct Pruning.ScoreTable
@_exported public import struct Pruning.KernelStatistics
@_exported public import class Session.ScoringRun

// Choosing: at a share of each layer or at a target for the whole, by scores or by measured losses.
@_exported public import struct Pruning.PruningSettings
@_exported public import enum Pruning.Amount
@_exported public import enum Pruning.Scope
@_exported public import enum Pruning.Aggregation
@_exported public import enum Pruning.Normalization
@_exported public import enum Pruning.PruningTarget
@_exported public import enum Pruning.RemainingAmount
@_exported public import enum Pruning.CostMeasure
@_exported public import struct Pruning.Proposal
@_exported public import struct Pruning.RemovalRequest
@_exported public import struct Pruning.Chooser
@_exported public import struct Pruning.Choice
@_exported public import enum Pruning.Shortfall
@_exported public import struct Pruning.TargetMetAlready
@_exported public import class Session.ChoiceRun
@_exported public import struct Session.CurveSettings
@_exported public import struct Session.MeasuredChooser
@_exported public import struct Pruning.MeasuredTimes
@_exported public import struct Pruning.LatencyTable
@_exported public import struct Pruning.WidthTimes
@_exported public import struct Session.LatencyMeter
@_exported public import class Session.LatencyCache

// Sensitivity: what each layer can spare.
@_exported public import class Session.SensitivityRun
@_exported public import struct Pruning.SensitivitySettings
@_exported public import struct Pruning.SensitivityTable
@_exported public import enum Pruning.SensitivityTarget
@_exported public import struct Pruning.SensitivitySuggestion
@_exported public import enum Session.SensitivityFile

// Removing: a selection, what it changes, its plan, and an algorithm of one's own.
@_exported public import struct Pruning.Selection
@_exported public import struct Pruning.Preview
@_exported public import struct Pruning.Change
@_exported public import struct Pruning.NetworkComparison
@_exported public import struct Pruning.PruningPlan
@_exported public import struct SessionModel.Verification
@_exported public import struct Session.PrunableInformation
@_exported public import struct Session.KeptKernels
@_exported public import struct Session.KeptIndicesFile

// Recovery, evaluation and training.
@_exported public import class Session.RecoveryRun
@_exported public import struct Pruning.RecoverySettings
@_exported public import enum Pruning.RecoveryMethod
@_exported public import struct SessionModel.Recovery
@_exported public import class Session.EvaluationRun
@_exported public import struct SessionModel.OutputDeviation
@_exported public import struct SessionModel.Evaluation
@_exported public import struct SessionModel.MeasuredLatency
@_exported public import struct SessionModel.LatencyConditions
@_exported public import class Session.TrainingRun
@_exported public import struct Session.TrainingData
@_exported public import struct Session.TrainingCheckpoint
@_exported public import struct Training.TrainingSettings
@_exported public import struct SessionModel.TrainingState
@_exported public import struct SessionModel.TrainingRecord
@_exported public import enum SessionModel.TrainingTeacher
@_exported public import struct Training.OptimizerSettings
@_exported public import struct Training.LearningRateSchedule
@_exported public import struct Training.Distillation
@_exported public import struct Training.Augmentation
@_exported public import struct Training.SparsitySettings
@_exported public import struct Training.ValidationWatch

// Step by step: prune, recover, train, measure, again.
@_exported public import class Session.IterationLoop
@_exported public import struct SessionModel.IterationGoal

// Procedures of other systems: HALCON's handle, MATLAB's Taylor pruning, MPAI's up-sampling networks.
@_exported public import struct Procedures.PruningHandle
@_exported public import struct Procedures.TaylorPrunableNetwork
@_exported public import struct Procedures.TaylorPruningLoop
@_exported public import struct Procedures.UpsamplingPruning

// Distiller's schedules.
@_exported public import struct Schedules.Schedule
@_exported public import struct Schedules.Policy
@_exported public import enum Schedules.PolicyEpochs
@_exported public import struct Schedules.Pruner
@_exported public import struct Schedules.NamedWeight
@_exported public import enum Schedules.SparsityRamp
@_exported public import struct Schedules.Regularizer
@_exported public import struct Schedules.Remover
@_exported public import struct Schedules.RateSchedule
@_exported public import struct Schedules.BoundSchedule
@_exported public import struct Schedules.Rehearsal
@_exported public import struct Schedules.NetworkSize
@_exported public import class Schedules.ScheduleRun
@_exported public import struct Schedules.ScheduleRemoval
@_exported public import struct Schedules.ScheduleLog
@_exported public import struct Schedules.ScheduleCheckpoint
@_exported public import struct Schedules.ScheduleFolder
@_exported public import struct Schedules.ScheduleLocation

// Errors: each has a sentence, a remedy and a code.
@_exported public import protocol Errors.ExplainedError
@_exported public import enum Errors.ErrorCode
@_exported public import struct Errors.Stopped
@_exported public import enum Graph.GraphError
@_exported public import enum Formats.FormatError
@_exported public import enum Datasets.DatasetError
@_exported public import enum Compute.ComputeError
@_exported public import enum Pruning.PruningError
@_exported public import enum Training.TrainingError
@_exported public import enum SessionModel.SessionError
@_exported public import enum Schedules.ScheduleError
@_exported public import enum Procedures.ProcedureError
